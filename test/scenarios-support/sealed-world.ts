/**
 * Owns: a cluster with an organization, two repositories and an environment whose backends may be written, and short words
 * for sealing values into them. Used by: scenarios of sealed values.
 */
import { API_VERSION } from '../../src/model/kinds/common.ts';
import type { LedgerSpec } from '../../src/model/kinds/scope-ledger.ts';
import type { SealedStatus } from '../../src/model/kinds/sealed-value.ts';
import { SecretValue } from '../../src/model/secret-value.ts';
import { encodeEnvelope } from '../../src/seal/envelope.ts';
import { publicKeyMap, readPublishedKey } from '../../src/seal/public-keys.ts';
import type { PublicKey } from '../../src/seal/scope-keys.ts';
import { seal } from '../../src/seal/sealed-box.ts';
import { OPERATOR_NAMESPACE, RBAC } from './guarded-cluster.ts';
import {
  LOCAL,
  type OperatedCluster,
  operatedCluster,
  READER,
  scopeThing,
  until,
} from './operated-cluster.ts';
import type { OperatorFlags } from './operator-process.ts';
import type { Answer, Person, Thing } from './person.ts';

export const ORG = 'acme-org';
export const WEB = 'team-web';
export const LAB = 'team-lab';
const PATIENT_MS = 30_000;
const ORG_LABEL = { org: 'acme' };

export interface SeenSeal {
  readonly metadata: { readonly name: string; readonly uid: string; readonly generation: number };
  readonly status?: SealedStatus;
}

/** What is inside a box; every part can be told wrongly. */
export interface Told {
  readonly scopeUID?: string;
  readonly name?: string;
  readonly created?: number;
  readonly key?: PublicKey;
}

export class SealedWorld {
  readonly cluster: OperatedCluster;

  constructor(cluster: OperatedCluster) {
    this.cluster = cluster;
  }

  stop(): Promise<void> {
    return this.cluster.stop();
  }

  async uidOf(namespace: string, scope: string): Promise<string> {
    const { body } = await this.cluster.platform.get(scopeThing(scope, namespace, {}));
    return (body as Thing & { metadata: { uid: string } }).metadata.uid;
  }

  /** The public key of a scope, as anybody reads it. */
  publicKey(namespace: string, scope: string, reader: Person = this.cluster.platform): Promise<PublicKey> {
    return until(async () => {
      const uid = await this.uidOf(namespace, scope);
      const map = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: publicKeyMap(uid), namespace: OPERATOR_NAMESPACE },
      };
      const { body, message } = await reader.get(map);
      const key = readPublishedKey((body as { data?: Record<string, string> } | undefined)?.data?.[uid]);
      if (!key) throw new Error(`no key of ${namespace}/${scope} is published: ${message}`);
      return key;
    }, PATIENT_MS);
  }

  /** The spec of a SealedValue that sets a value. */
  async sealed(namespace: string, scope: string, name: string, value: string | Buffer, told: Told = {}) {
    const key = told.key ?? (await this.publicKey(namespace, scope));
    const scopeUID = told.scopeUID ?? (await this.uidOf(namespace, scope));
    const plain = encodeEnvelope({
      scopeUID,
      name: told.name ?? name,
      created: told.created ?? Date.now(),
      value: new SecretValue(Buffer.from(value)),
    });
    const box = await seal(plain, key.publicKey);
    return { scopeRef: { name: scope }, name, keyID: key.keyID, sealed: box.toString('base64') };
  }

  /** Seals and stores; the object is called `as`. */
  async set(
    place: { namespace: string; scope: string; as?: string; by?: Person },
    name: string,
    value: string | Buffer,
    told: Told = {},
  ): Promise<Answer> {
    const { namespace, scope, by = this.cluster.platform } = place;
    const spec = await this.sealed(namespace, scope, name, value, told);
    return by.apply(sealThing(place.as ?? objectNameOf(name), namespace, spec), { force: true });
  }

  destroy(
    namespace: string,
    scope: string,
    name: string,
    more: object = {},
    as = `${objectNameOf(name)}-gone`,
  ) {
    const spec = {
      scopeRef: { name: scope },
      name,
      action: 'Delete',
      requestedAt: new Date().toISOString(),
      ...more,
    };
    return this.cluster.platform.apply(sealThing(as, namespace, spec), { force: true });
  }

  async seen(namespace: string, name: string): Promise<SeenSeal | undefined> {
    const answer = await this.cluster.platform.get(sealThing(name, namespace, {}));
    return answer.status === 404 ? undefined : (answer.body as SeenSeal);
  }

  /** Waits for `Stored Stored`: the state, and the reason of Ready, of the generation that is there. */
  untilState(namespace: string, name: string, expected: string, timeout = PATIENT_MS): Promise<SeenSeal> {
    return until(async () => {
      const found = await this.seen(namespace, name);
      const { state, conditions = [], observedGeneration } = found?.status ?? {};
      const ready = conditions.find(({ type }) => type === 'Ready');
      const words = `${state} ${ready?.reason}`;
      if (!found || words !== expected || observedGeneration !== found.metadata.generation)
        throw new Error(`SealedValue ${namespace}/${name} is ${words} (${ready?.message}), not ${expected}`);
      return found;
    }, timeout);
  }

  async message(namespace: string, name: string): Promise<string> {
    const found = await this.seen(namespace, name);
    return found?.status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
  }

  /** Versions that were stored, by the audit log: how often the source Secret was written by the account of the backend. */
  async writesOf(namespace: string, source: string): Promise<number> {
    const entries = await this.cluster.audit.since(this.cluster.ready);
    return entries.filter(
      (one) =>
        one.resource === 'secrets' &&
        one.namespace === namespace &&
        one.code < 400 &&
        one.user === `system:serviceaccount:${namespace}:${READER}` &&
        ((one.verb === 'patch' && one.name === source) || one.verb === 'create'),
    ).length;
  }

  async ledger(namespace: string, scope: string): Promise<LedgerSpec | undefined> {
    const name = await this.uidOf(namespace, scope);
    const thing = {
      apiVersion: API_VERSION,
      kind: 'ScopeLedger',
      metadata: { name, namespace: OPERATOR_NAMESPACE },
    };
    const { status, body } = await this.cluster.platform.get(thing);
    return status === 404 ? undefined : (body as { spec: LedgerSpec }).spec;
  }
}

export const objectNameOf = (name: string): string => name.toLowerCase().replaceAll('_', '-');

export const sealThing = (name: string, namespace: string, spec: object): Thing => ({
  apiVersion: API_VERSION,
  kind: 'SealedValue',
  metadata: { name, namespace },
  spec,
});

/** The account of the backends may write, too. */
function writerIn(namespace: string): Thing {
  const rules = [
    { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] },
    { apiGroups: ['secretscope.dev'], resources: ['secretbackends'], verbs: ['lend'] },
  ];
  return { apiVersion: RBAC, kind: 'Role', metadata: { name: READER, namespace }, rules };
}

export const entry = (name: string, more: object = {}) => ({
  name,
  from: { key: `source-${objectNameOf(name)}`, property: 'value' },
  ...more,
});

const selected = (labels: Record<string, string>) => ({ namespaces: { matchLabels: labels } });

/** An organization with ORG_TOKEN for everybody, the repositories `web` and `lab`, the environment `prod` of web. */
export async function sealedWorld(name: string, flags: OperatorFlags = {}): Promise<SealedWorld> {
  const cluster = await operatedCluster(name, flags);
  for (const namespace of [ORG, WEB, LAB]) {
    await cluster.team(namespace, ORG_LABEL);
    await cluster.have(writerIn(namespace));
  }
  const child = [{ ...selected(ORG_LABEL), visibility: 'Private', trusted: true }];
  await cluster.have(
    scopeThing('acme', ORG, {
      level: 'Organization',
      backendRef: LOCAL,
      children: child,
      secrets: [entry('ORG_TOKEN', { access: { visibility: 'All' } })],
    }),
  );
  for (const [scope, namespace] of [
    ['web', WEB],
    ['lab', LAB],
  ] as const)
    await cluster.have(
      scopeThing(scope, namespace, {
        level: 'Repository',
        parentRef: { namespace: ORG, name: 'acme' },
        backendRef: LOCAL,
        secrets: [entry('DATABASE_URL'), entry('SPARE')],
        targets: [{ secretName: scope, include: ['DATABASE_URL', 'ORG_TOKEN'] }],
      }),
    );
  return new SealedWorld(cluster);
}
