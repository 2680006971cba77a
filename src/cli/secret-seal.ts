/** Owns: a SealedValue of one value. Used by: secret-set.ts. Nothing but the operator can open what comes out. */
import type { KubeDraft } from '../kube/kube-objects.ts';
import { API_VERSION } from '../model/kinds/common.ts';
import type { SealedSpec } from '../model/kinds/sealed-value.ts';
import type { SecretValue } from '../model/secret-value.ts';
import { encodeEnvelope } from '../seal/envelope.ts';
import type { PublicKey } from '../seal/scope-keys.ts';
import { seal } from '../seal/sealed-box.ts';
import { SEALED_VALUES } from '../watch/resources.ts';
import type { FoundScope } from './secret-found-scope.ts';

/** The box, in base64. The value is wiped: nobody needs it any more. */
export async function sealFor(
  scope: FoundScope,
  name: string,
  value: SecretValue,
  { publicKey }: PublicKey,
  created: number,
): Promise<string> {
  const plain = encodeEnvelope({ scopeUID: scope.view.metadata.uid, name, created, value });
  try {
    return (await seal(plain, publicKey)).toString('base64');
  } finally {
    plain.fill(0);
    value.wipe();
  }
}

export function sealedManifest(
  scope: FoundScope,
  objectName: string,
  spec: Omit<SealedSpec, 'scopeRef'>,
): KubeDraft {
  const { namespace, name } = scope.view.metadata;
  return {
    apiVersion: API_VERSION,
    kind: SEALED_VALUES.kind,
    metadata: { namespace, name: objectName },
    spec: { scopeRef: { name }, ...spec },
  };
}

/** For Git: the same name each time, so that the next value takes the place of this one. */
export function manifestName(scope: FoundScope, name: string): string {
  const text = `${scope.view.metadata.name}-${dashed(name)}`;
  return text.endsWith('-') ? `${text}end` : text;
}

/** For one run. */
export function passingName(name: string, random: string): string {
  const text = dashed(name).replace(/^-+/, '');
  return `${text === '' ? 'secret' : text.slice(0, 240)}-${random}`;
}

function dashed(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}
