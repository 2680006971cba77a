import type { Provider } from '../model/facts.ts';
import { OBJECT_NAME_PATTERN } from '../model/kinds/common.ts';

/**
 * Why `key` cannot be a secret's name at the provider, as the end of a sentence; undefined when it can.
 * Checked on the exact string that would be sent, before any call.
 */
export function keyFault(provider: Provider, key: string): string | undefined {
  if (!/^[!-~]+$/.test(key)) return 'has characters other than printable ASCII';
  if (/[%\\]/.test(key)) return 'has a % or a backslash, which a provider might decode into another name';
  if (key.split('/').some((segment) => segment === '.' || segment === '..'))
    return 'has a segment . or ..; write it without';
  switch (provider) {
    case 'kubernetes':
      return kubernetesKeyFault(key);
    case 'aws':
      return /^[A-Za-z0-9/_+=.@-]{1,512}$/.test(key) ? undefined : NOT_AWS;
    case 'gcp':
      return /^[A-Za-z0-9_-]{1,255}$/.test(key) ? undefined : NOT_GCP;
    case 'azure':
      return azureKeyFault(key);
    case 'memory':
      return undefined;
    default:
      return unknownProvider(provider);
  }
}

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html: an ARN names another account's
const NOT_AWS = 'is not the name of a secret at AWS (at most 512 letters, digits and /_+=.@-; never an ARN)';
// https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets/create
const NOT_GCP =
  "is not the id of a secret at Google (at most 255 letters, digits, _ and -; never a path with the project's name)";

/**
 * https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#vault-name-and-object-name
 * A vault takes `Prod-DB` for `prod-db`, so only one spelling may pass: grants and reservations compare exactly.
 */
function azureKeyFault(key: string): string | undefined {
  if (key.includes('_')) return 'has an underscore, which no name at a vault has; write - instead';
  if (/[A-Z]/.test(key))
    return 'has capital letters, which a vault does not tell from small ones; write small ones';
  if (/^[a-z0-9-]{1,127}$/.test(key)) return undefined;
  return 'is not the name of a secret at a vault (at most 127 letters, digits and -)';
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
