/** Owns: sealing values and deciding deletions in a scenario, as people and Git do. Used by: seal-scenarios.ts. */
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { SecretValue } from '../../src/model/secret-value.ts';
import { encodeEnvelope } from '../../src/seal/envelope.ts';
import { publicKeyMap, readPublishedKey } from '../../src/seal/public-keys.ts';
import { seal } from '../../src/seal/sealed-box.ts';
import { OPERATOR_NAMESPACE } from '../scenarios-support/guarded-cluster.ts';
import { until } from '../scenarios-support/operated-cluster.ts';
import type { Thing } from '../scenarios-support/person.ts';
import type { Hands } from './fault-scenario.ts';
import { repository, WEB } from './fault-world.ts';

// an operator that has just started publishes keys and stores values within two seconds; there may be eight busy lanes
const PATIENT_MS = 30_000;
const SCOPE = 'app';

const sealThing = (name: string, spec: object): Thing => ({
  apiVersion: API_VERSION,
  kind: 'SealedValue',
  metadata: { name, namespace: WEB },
  spec: { scopeRef: { name: SCOPE }, ...spec },
});

export async function set(hands: Hands, as: string, name: string, value: string): Promise<void> {
  const scope = await hands.find<Stored>(repository(SCOPE, WEB, {}));
  const scopeUID = scope?.metadata.uid ?? '';
  const key = await publicKey(hands, scopeUID);
  const envelope = { scopeUID, name, created: Date.now(), value: new SecretValue(Buffer.from(value)) };
  const box = await seal(encodeEnvelope(envelope), key.publicKey);
  await hands.have(sealThing(as, { name, keyID: key.keyID, sealed: box.toString('base64') }));
}

/** By force, as of now. */
export async function destroy(hands: Hands, as: string, name: string): Promise<void> {
  const requestedAt = new Date().toISOString();
  await hands.have(sealThing(as, { name, action: 'Delete', requestedAt, force: true }));
}

/** What Git does that was told of nothing else meanwhile: the same box, in an object that nobody has judged yet. */
export async function applyAgain(hands: Hands, as: string): Promise<void> {
  const thing = sealThing(as, {});
  const before = await hands.find<Stored>(thing);
  if (!before) throw new Error(`there is no SealedValue ${as} to apply again`);
  await hands.gone(thing);
  await hands.have({ ...thing, spec: before.spec });
}

interface Stored {
  readonly metadata: { readonly uid: string };
  readonly spec: object;
  readonly status?: { readonly state?: string };
}

/** For what is there before the plan: in the plan itself the operator may be dead. */
export async function untilState(hands: Hands, as: string, state: string): Promise<void> {
  await until(async () => {
    const seen = await hands.find<Stored>(sealThing(as, {}));
    if (seen?.status?.state !== state) throw new Error(`${as} is ${seen?.status?.state}, not ${state}`);
  }, PATIENT_MS);
}

/** As everybody reads it. */
function publicKey(hands: Hands, scopeUID: string) {
  return until(async () => {
    const map = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: publicKeyMap(scopeUID), namespace: OPERATOR_NAMESPACE },
    };
    const published = await hands.find<{ readonly data?: Readonly<Record<string, string>> }>(map);
    const key = readPublishedKey(published?.data?.[scopeUID]);
    if (!key) throw new Error(`no public key of scope ${SCOPE} is published`);
    return key;
  }, PATIENT_MS);
}
