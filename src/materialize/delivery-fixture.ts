/** For tests: plans for one Secret, a provider of values, and deliveries of the one to the other. */
import type { KeyPlan, PlanLine, TargetPlan } from '../model/plan.ts';
import { SecretValue } from '../model/secret-value.ts';
import type { LineValue, LineVersion } from '../model/value-answer.ts';
import { deliverTarget } from './deliver-target.ts';
import type { Delivery, DeliveryOutcome } from './delivery.ts';
import { FakeSecrets, KEYRING, PLACE } from './secrets-fixture.ts';

export const HOLDER = { namespace: 'team', name: 'web', uid: 'uid-web' };
const SIGNAL = new AbortController().signal;

export function aLine(name: string, change: Partial<PlanLine> = {}): PlanLine {
  return {
    name,
    level: 'Repository',
    scope: HOLDER,
    locked: false,
    backend: {
      refKind: 'SecretBackend',
      id: { namespace: 'team', name: 'vault', uid: 'uid-vault' },
      provider: 'memory',
      identity: { account: 'team' },
    },
    key: `web/${name.toLowerCase()}`,
    encoding: 'None',
    explicit: true,
    ...change,
  };
}

type DeliverKey = Extract<KeyPlan, { kind: 'deliver' }>;

/** The data key of a name, made of the name's value alone. */
export function wanted(name: string, change: Partial<DeliverKey> = {}): DeliverKey {
  const recipe = { kind: 'value', name } as const;
  return { kind: 'deliver', dataKey: name, recipe, lines: [aLine(name)], emptyNames: [], ...change };
}

export const broken = (dataKey: string, uncertain = false): KeyPlan => ({
  kind: 'keep',
  dataKey,
  reason: 'SecretMissing',
  message: `${dataKey} is not there`,
  uncertain,
});

export const denied = (dataKey: string): KeyPlan => ({
  kind: 'withdraw',
  dataKey,
  reason: 'KeyNotGranted',
  message: `${dataKey} is not granted`,
});

export function aPlan(keys: readonly KeyPlan[], change: Partial<TargetPlan> = {}): TargetPlan {
  const lines = keys.flatMap((key) => (key.kind === 'deliver' ? key.lines : []));
  return {
    secretName: PLACE.name,
    namespace: PLACE.namespace,
    type: 'Opaque',
    labels: {},
    annotations: {},
    atomic: false,
    deletionPolicy: 'Delete',
    keys,
    missing: [],
    offeredBy: new Map(lines.map((line) => [line.name, new Set([line.scope.uid])])),
    uncertain: undefined,
    violation: undefined,
    subject: `v1:${keys.map((key) => `${key.kind} ${key.dataKey}`).join()}`,
    ...change,
  };
}

/** The provider's side of a delivery, and everything a test may want to know of it afterwards. */
export class FakeProvider {
  readonly values: Record<string, string>;
  readonly versions = new Map<string, string>();
  readonly failing = new Map<string, Extract<LineVersion, { kind: 'failed' }>>();
  readonly unreadable = new Set<string>();
  readonly reads: string[] = [];
  /** Every box that was handed out. */
  readonly boxes: SecretValue[] = [];

  constructor(values: Record<string, string>) {
    this.values = values;
  }

  fails(name: string): void {
    this.failing.set(name, { kind: 'failed', reason: 'BackendUnavailable', message: `${name}: no backend` });
  }

  versionsOf(plan: TargetPlan): Map<PlanLine, LineVersion> {
    const lines = plan.keys.flatMap((key) => (key.kind === 'deliver' ? key.lines : []));
    return new Map(lines.map((line) => [line, this.failing.get(line.name) ?? this.#known(line)]));
  }

  async read(requests: readonly { line: PlanLine; version: string }[]): Promise<LineValue[]> {
    return requests.map(({ line }) => {
      this.reads.push(line.name);
      const text = this.values[line.name];
      if (text === undefined || this.unreadable.has(line.name))
        return { kind: 'failed', reason: 'ValueNotJSON', message: `${line.name} cannot be read` };
      const value = SecretValue.fromText(text);
      this.boxes.push(value);
      return { kind: 'value', version: this.versions.get(line.name) ?? 'v1', value };
    });
  }

  #known(line: PlanLine): LineVersion {
    return { kind: 'known', version: this.versions.get(line.name) ?? 'v1' };
  }
}

export interface Attempt extends Partial<Omit<Delivery, 'plan'>> {
  readonly read?: (requests: readonly { line: PlanLine; version: string }[]) => Promise<LineValue[]>;
}

/** One delivery of a plan, with everything as the watch shows it now. */
export function deliver(
  secrets: FakeSecrets,
  plan: TargetPlan,
  provider: FakeProvider,
  { read, ...change }: Attempt = {},
): Promise<DeliveryOutcome> {
  const delivery: Delivery = {
    plan,
    holder: HOLDER,
    suspended: false,
    observed: secrets.observed?.managed ? secrets.observed : undefined,
    versions: provider.versionsOf(plan),
    mayStay: () => true,
    seen: {},
    ...change,
  };
  const deps = { writer: secrets.writer, keyring: KEYRING, signal: SIGNAL };
  return deliverTarget(delivery, { ...deps, read: read ?? ((requests) => provider.read(requests)) });
}

/** A Secret that holds what the plan says, as the writer leaves it. */
export async function delivered(plan: TargetPlan, provider: FakeProvider): Promise<FakeSecrets> {
  const secrets = new FakeSecrets();
  await deliver(secrets, plan, provider);
  secrets.calls.length = 0;
  secrets.bodies.length = 0;
  provider.reads.length = 0;
  return secrets;
}
