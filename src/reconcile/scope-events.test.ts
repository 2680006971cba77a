import { beforeEach, describe, expect, it } from 'vitest';
import { SHARED, under } from '../watch/world-fixture.ts';
import { SmallOperator } from './reconcile-fixture.ts';

let operator: SmallOperator;
const secrets = [
  { name: 'OWN', from: { key: 'own' } },
  { name: 'TWO', from: { key: 'two' } },
];
const scope = (spec: object = {}) =>
  operator.world.scope('team/web', {
    backendRef: { kind: 'SecretBackend', name: 'vault' },
    secrets,
    targets: [{ secretName: 'app', include: ['OWN', 'TWO'] }],
    ...spec,
  });

beforeEach(() => {
  operator = new SmallOperator().source('own', 'a').source('two', 'b');
  operator.world.backend('team/vault');
  scope();
});

const notes = () => operator.events.map(({ type, reason, note }) => `${type} ${reason}: ${note}`);

describe('what was done to a Secret is told each time', () => {
  it('as numbers and a version, never with a name of a value', async () => {
    await operator.reconcile('team/web');
    expect(notes()).toEqual([
      'Normal Materialized: Secret team/app: created, 2 keys written (resourceVersion 101)',
    ]);
  });

  it.each<[string, () => void, string]>([
    [
      'a change',
      () => void operator.source('own', 'new'),
      'Normal Materialized: Secret team/app: 1 key written (resourceVersion 102)',
    ],
    [
      'a repair',
      () => operator.secrets.edit(({ data }) => ({ data: { ...data, OWN: 'AAAA' } })),
      'Normal TargetHandEdited: Secret team/app: changed by hand and put back, change values at their source; 1 key written (resourceVersion 103)',
    ],
    [
      'a key that nobody asks for',
      () => void scope({ targets: [{ secretName: 'app', include: ['OWN'] }] }),
      'Normal Withdrawn: Secret team/app: 1 key removed (resourceVersion 102)',
    ],
  ])('%s', async (_case, change, note) => {
    await operator.reconcile('team/web');
    change();
    await operator.reconcile('team/web');
    expect(notes()).toEqual([note]);
  });

  it('a replacement is a warning of its own', async () => {
    await operator.reconcile('team/web');
    scope({
      targets: [
        {
          secretName: 'app',
          include: ['OWN', 'TWO'],
          keys: { OWN: 'username' },
          type: 'kubernetes.io/basic-auth',
        },
      ],
    });
    await operator.reconcile('team/web');
    expect(operator.told).toEqual(['TargetReplaced']);
  });
});

describe('what is wrong is told once', () => {
  const broken = () => operator.sources.held.delete('own');

  it('when it is found, and not again while it stays', async () => {
    broken();
    await operator.reconcile('team/web');
    expect(operator.told).toEqual(['Materialized', 'SecretMissing']);
    await operator.reconcile('team/web');
    await operator.reconcile('team/web');
    expect(operator.told).toEqual([]);
  });

  it('FAULTS: and not after a restart, since the status says it', async () => {
    broken();
    await operator.reconcile('team/web');
    const before = operator;
    operator = new SmallOperator().source('two', 'b');
    operator.world.backend('team/vault');
    scope();
    for (const [place, secret] of before.secrets.stored) operator.secrets.stored.set(place, secret);
    operator.statuses.set('team/web', before.status('team/web'));
    await operator.reconcile('team/web');
    expect([operator.told, operator.secrets.done]).toEqual([[], []]);
  });

  it('and not again because something else in the status changed', async () => {
    broken();
    await operator.reconcile('team/web');
    scope({
      targets: [
        { secretName: 'app', include: ['OWN', 'TWO'] },
        { secretName: 'second', include: ['TWO'] },
      ],
    });
    await operator.reconcile('team/web');
    expect(operator.told).toEqual(['Materialized']);
  });

  it('again when it went away and came back', async () => {
    broken();
    await operator.reconcile('team/web');
    operator.source('own', 'a');
    await operator.reconcile('team/web');
    broken();
    await operator.reconcile('team/web');
    expect(operator.told).toEqual(['SecretMissing']);
  });

  it('every finding in one event and one line of log, the same words once', async () => {
    broken();
    scope({
      targets: [
        { secretName: 'app', include: ['OWN', 'TWO'] },
        { secretName: 'app2', include: ['OWN', 'NONE'] },
      ],
    });
    await operator.reconcile('team/web');
    expect(operator.told.sort()).toEqual(['Materialized', 'NotAvailable', 'SecretMissing']);
    expect(operator.logs.filter((line) => line.includes('SecretMissing'))).toHaveLength(1);
  });

  it('what is only for the log is no event', async () => {
    operator.enrolments.set('team', 'starting');
    await operator.reconcile('team/web');
    expect([operator.told, operator.ready('team/web')]).toEqual([[], 'False Progressing']);
  });
});

describe('names that are hidden', () => {
  it('are told when that changes', async () => {
    const open = { access: { visibility: 'All' } };
    const hidden = [...'ABCDEF'].map((name) => ({ name, from: { key: 'own' } }));
    operator.world.clusterBackend('shared', { grants: [{ namespaces: {}, keys: [{ key: 'own' }] }] });
    operator.world.scope('acme/acme', {
      level: 'Organization',
      ...SHARED,
      children: [{ namespaces: {}, trusted: true }],
      secrets: hidden.map((one) => ({ ...one, ...open })),
    });
    scope({ ...under('acme/acme'), secrets: hidden, targets: [] });
    await operator.reconcile('team/web');
    expect(notes()).toEqual([
      expect.stringMatching(
        /^Normal Shadowed: hidden by another level: A: Organization acme\/acme < Repository team\/web; .* and 1 more; see status.shadowed$/,
      ),
    ]);
    await operator.reconcile('team/web');
    expect(operator.told).toEqual([]);
  });
});

describe('THREATS 25: a fault of another level', () => {
  beforeEach(() => {
    operator.world.clusterBackend('shared', { grants: [{ namespaces: {}, keys: [{ key: 'secret-key' }] }] });
    operator.world.scope('acme/acme', {
      level: 'Organization',
      ...SHARED,
      children: [{ namespaces: {}, trusted: true }],
      secrets: [{ name: 'TOKEN', from: { key: 'secret-key' }, access: { visibility: 'All' } }],
    });
    scope({ ...under('acme/acme'), targets: [{ secretName: 'app', includeAll: true }] });
  });

  it('is told to its owner, and neither its key nor its cause to whoever inherits it', async () => {
    await operator.reconcile('team/web');
    const toOwner = operator.events.filter(({ regarding }) => regarding.metadata.name === 'acme');
    expect(toOwner).toMatchObject([
      { type: 'Warning', reason: 'SecretMissing', regarding: { metadata: { namespace: 'acme' } } },
    ]);
    const rest = JSON.stringify([
      operator.status('team/web'),
      operator.events.filter((event) => !toOwner.includes(event)),
    ]);
    expect(rest).not.toMatch(/secret-key|SecretMissing|shared/);
    expect(operator.ready('team/web')).toBe('False NotAvailable');
  });
});
