import type { Provider } from '../model/facts.ts';
import { OBJECT_NAME_PATTERN } from '../model/kinds/common.ts';

/**
 * Why `key` cannot be a secret's name at the provider, as the end of a sentence; undefined when it can.
 * Checked on the exact string that would be sent, before any call.
 */
export function keyFault(provider: Provider, key: string): string | undefined {
  if (!/^[!-~]+$/.test(key)) return 'has characters other than printable ASCII';
  if (/[%\\]/.test(key)) return 'has a % or a backslash, which a provider might decode into another name';
  if (key.split('/').some((segment) => segment === '.' || segment === '..')) return 'has a segment . or ..';
  switch (provider) {
    case 'kubernetes':
      return kubernetesKeyFault(key);
    case 'memory':
      return undefined;
    default:
      return unknownProvider(provider);
  }
}

function kubernetesKeyFault(key: string): string | undefined {
  if (key.length > 253)
    return `has ${key.length} characters; the name of a Kubernetes Secret has at most 253`;
  if (!OBJECT_NAME_PATTERN.test(key)) {
    return 'is not the name of a Kubernetes Secret (lower-case letters, digits, - and .)';
  }
  return undefined;
}

function unknownProvider(_provider: never): string {
  return 'belongs to a provider that this version does not know';
}
