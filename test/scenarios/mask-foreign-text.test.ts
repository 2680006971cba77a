/**
 * THREATS 16: the API server repeats the data of a Secret in its own words, and nothing of it comes out of the operator.
 * A policy of its own repeats them here, as an admission webhook that is careless or hostile would.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findLeaks } from '../scenarios-support/canaries.ts';
import { LOCAL, scopeThing, secretThing, until } from '../scenarios-support/operated-cluster.ts';
import { type SealedWorld, sealedWorld, WEB } from '../scenarios-support/sealed-world.ts';

const DELIVERED = 'canary-5Qz/delivered"one';
const WRITTEN = 'canary-8Rt/written"two';
const PROBED = 'canary-3Km/probed"three';
// never issued: the shape alone is what is detected
const TOKEN = `ghp_${'a1B2'.repeat(9)}`;
const NAME = 'repeats.example.dev';
const ADMISSION = 'admissionregistration.k8s.io/v1';

let world: SealedWorld;
beforeAll(async () => {
  world = await sealedWorld('mask-foreign-text', { logLevel: 'debug' });
  await world.set({ namespace: WEB, scope: 'web' }, 'DATABASE_URL', DELIVERED);
  await world.untilState(WEB, 'database-url', 'Stored Stored');
}, 120_000);
afterAll(() => world?.stop());

const repeating: readonly [plural: string, object][] = [
  [
    'validatingadmissionpolicies',
    {
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: NAME },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': WEB } },
          resourceRules: [
            { apiGroups: [''], apiVersions: ['*'], resources: ['secrets'], operations: ['CREATE', 'UPDATE'] },
          ],
        },
        validations: [
          {
            expression: '!has(object.data)',
            // as text a policy has them in base64
            messageExpression: "'saw ' + object.data.map(key, string(object.data[key])).join(' and ')",
          },
        ],
      },
    },
  ],
  [
    'validatingadmissionpolicybindings',
    {
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: NAME },
      spec: { policyName: NAME, validationActions: ['Deny'] },
    },
  ],
];

/** Everything that the operator says. */
async function channels(): Promise<Map<string, string>> {
  const { platform, operator } = world.cluster;
  const read = async (path: string) => unescaped(JSON.stringify((await platform.call('GET', path)).body));
  return new Map([
    ['logs', unescaped(operator.output)],
    ['metrics', await operator.metrics()],
    ['events', await read('/apis/events.k8s.io/v1/events')],
    ['scopes', await read('/apis/secretscope.dev/v1alpha1/secretscopes')],
    ['sealed values', await read('/apis/secretscope.dev/v1alpha1/sealedvalues')],
    ['backends', await read('/apis/secretscope.dev/v1alpha1/secretbackends')],
  ]);
}

const unescaped = (text: string) => text.replaceAll('\\"', '"').replaceAll('\\\\', '\\');

describe('an API server that repeats what is written', () => {
  it('does so to whoever writes a Secret there', async () => {
    const { platform } = world.cluster;
    for (const [plural, object] of repeating) {
      const path = `/apis/${ADMISSION}/${plural}/${NAME}?fieldManager=person`;
      const body = { apiVersion: ADMISSION, ...object };
      expect((await platform.call('PATCH', path, body, 'apply-patch+yaml')).message).toBe('');
    }
    const probe = secretThing(WEB, 'probe', { A: PROBED, B: 'b' });
    await until(async () => {
      const { message } = await platform.apply(probe, { dryRun: true });
      expect(message).toContain(Buffer.from(PROBED).toString('base64'));
    }, 30_000);
  });

  it('is not repeated where a target is refused', async () => {
    const spec = {
      level: 'Repository',
      backendRef: LOCAL,
      secrets: [{ name: 'URL', from: { key: 'source-database-url', property: 'value' } }],
      targets: [{ secretName: 'refused', include: ['URL'] }],
    };
    await world.cluster.have(scopeThing('refused', WEB, spec));
    const { message } = await world.cluster.untilReady(WEB, 'refused', 'False', 'TargetRefused', 30_000);
    expect(message).toContain(`Secret ${WEB}/refused was refused by the API server as invalid`);
  });

  it('is not repeated where a backend may not be written', async () => {
    await world.set({ namespace: WEB, scope: 'web', as: 'rotated' }, 'DATABASE_URL', WRITTEN);
    await world.untilState(WEB, 'rotated', 'Waiting WriteRefused');
    expect(await world.message(WEB, 'rotated')).toContain('an admission policy is against it');
  });

  it('is in no log, event, metric and status', async () => {
    expect(findLeaks([DELIVERED, WRITTEN, PROBED], await channels())).toEqual([]);
  });
});

it('G73 a token that somebody put where a name belongs is told as ***', async () => {
  const secrets = [{ name: 'LEAKED', from: { key: TOKEN } }];
  const targets = [{ secretName: 'leaked', include: ['LEAKED'] }];
  await world.cluster.have(
    scopeThing('leaked', WEB, { level: 'Repository', backendRef: LOCAL, secrets, targets }),
  );
  const { message } = await world.cluster.untilReady(WEB, 'leaked', 'False');
  expect(message).toContain('"***"');
  const told = await channels();
  // the spec is what its author wrote
  told.delete('scopes');
  expect(findLeaks([TOKEN], told)).toEqual([]);
});
