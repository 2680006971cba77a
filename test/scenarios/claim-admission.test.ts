/** Who may claim, what of a claim can be changed, and who is written down as having done so. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ApprovalCluster,
  approvalCluster,
  collectionOf,
  dryRun,
  PROD,
  refusedBy,
} from '../scenarios-support/approval-cluster.ts';
import { authorsOf, CI, claim, labelled, PRODUCTION } from '../scenarios-support/claim-things.ts';
import { clusterRole, eventually, namespace, roleBinding } from '../scenarios-support/guarded-cluster.ts';
import { LARGEST_CLAIMS } from '../scenarios-support/largest-claims.ts';
import type { Answer, Person, Thing } from '../scenarios-support/person.ts';

let cluster: ApprovalCluster;
/** may edit everything in ci, and claim from web-production */
let ana: Person;
let bob: Person;
/** may edit everything in ci */
let eve: Person;
/** holds every verb on claims, and on what RBAC could invent beside them */
let star: Person;

const CLAIMS = { apiGroups: ['secretscope.dev'], verbs: ['*'] };

beforeAll(async () => {
  cluster = await approvalCluster('claim-admission');
  [ana, bob, eve, star] = await Promise.all([
    cluster.person('ana', 'editors'),
    cluster.person('bob', 'editors'),
    cluster.person('eve', 'editors'),
    cluster.person('star'),
  ]);
  const editors = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'editors' }];
  await cluster.have(
    namespace(CI),
    clusterRole('every-claim', [{ ...CLAIMS, resources: ['secretclaims', 'secretclaims/status'] }]),
    clusterRole('claim-production', [
      { ...CLAIMS, resources: ['secretscopes/claims'], resourceNames: [PRODUCTION.name], verbs: ['claim'] },
    ]),
    { ...roleBinding('editors', 'edit', CI), subjects: editors },
    roleBinding('star', 'every-claim', CI),
    roleBinding('ana', 'claim-production', PROD),
    roleBinding('bob', 'claim-production', PROD),
  );
  for (const who of [ana, bob]) await eventually(() => dryRun(who, claim('probe')));
  for (const who of [eve, star]) await refusedBy('claim-rights', () => dryRun(who, claim('probe')));
});
afterAll(() => cluster?.stop());

const refusalOf = ({ status, message }: Answer): [number, string] => [status, message];
const forbidden = (words: string) => [403, expect.stringContaining(words)];
const invalid = (words: string) => [422, expect.stringContaining(words)];
const pathTo = (name: string) => `${collectionOf('SecretClaim', CI)}/${name}`;

describe('API-REVIEW 18: to claim is a right on the scope', () => {
  it('whoever lacks it reads what is missing, and who can give it by which command', async () => {
    const words =
      'eve may not claim from the scope team-web-prod/web-production: that needs the verb claim on' +
      ' secretscopes/claims; whoever may give it runs: kubectl create rolebinding claimer' +
      ' --namespace=team-web-prod --clusterrole=secretscope-claimer --user=eve';
    expect(refusalOf(await eve.create(claim('deploy')))).toEqual(forbidden(words));
    expect(refusalOf(await eve.apply(claim('deploy')))).toEqual(forbidden(words));
  });

  it('every verb on claims does not give it', async () => {
    expect(refusalOf(await star.create(claim('deploy')))).toEqual(forbidden('star may not claim from'));
  });

  it('it is for the scope that it names, and for no other', async () => {
    expect((await ana.create(claim('deploy'))).message).toBe('');
    const others = [
      { namespace: PROD, name: 'web-staging' },
      { ...PRODUCTION, namespace: 'team-shop' },
    ];
    for (const scopeRef of others)
      expect(refusalOf(await ana.create(claim('other', { scopeRef })))).toEqual(
        forbidden(`ana may not claim from the scope ${scopeRef.namespace}/${scopeRef.name}: `),
      );
  });

  it('a scope without a namespace is one of the namespace of the claim', async () => {
    const own = claim('own', { scopeRef: { name: PRODUCTION.name } });
    expect(refusalOf(await ana.create(own))).toEqual(forbidden('from the scope ci/web-production: '));
    await cluster.have(roleBinding('ana', 'claim-production', CI));
    await eventually(() => ana.create(own));
  });

  it('a service account is told the command for one, which gives exactly what was missing', async () => {
    const user = 'system:serviceaccount:ci:deployer';
    const deployer = await cluster.actingAs({ user, groups: ['editors'] });
    expect((await deployer.create(claim('by-bot'))).message).toContain('--serviceaccount=ci:deployer');
    const subjects = [{ kind: 'ServiceAccount', name: 'deployer', namespace: CI }];
    await cluster.have({ ...roleBinding('claimer', 'secretscope-claimer', PROD), subjects });
    await eventually(() => deployer.create(claim('by-bot')));
  });

  it('another spec needs it too, and so does asking again after the end', async () => {
    await ana.create(claim('asking'));
    const asks = [
      { spec: { include: ['NPM_TOKEN'] } },
      { metadata: { annotations: { 'secretscope.dev/request': '1' } } },
      { metadata: { annotations: { 'secretscope.dev/request': null } } },
    ];
    for (const patch of asks) {
      expect(refusalOf(await eve.merge(claim('asking'), patch))).toEqual(forbidden('eve may not claim from'));
      expect((await bob.merge(claim('asking'), patch)).message).toBe('');
    }
  });

  it('labels, other annotations, the same spec once more and deleting do not', async () => {
    await ana.create(claim('free'));
    expect((await eve.merge(claim('free'), labelled('by-eve'))).message).toBe('');
    const look = { 'reconcile.secretscope.dev/requestedAt': '1' };
    expect((await eve.merge(claim('free'), { metadata: { annotations: look } })).message).toBe('');
    expect((await eve.apply(claim('free'))).message).toBe('');
    expect((await eve.remove(claim('free'))).message).toBe('');
  });
});

describe('API-REVIEW 19: what a claim is for stays what it is', () => {
  beforeAll(async () => {
    await ana.create(claim('live'));
    await ana.create(claim('snapshot', { mode: 'Snapshot', ttl: '2h', keys: { DATABASE_URL: 'db' } }));
  });

  it.each<[what: string, of: string, spec: object | null, says: string]>([
    ['another scope', 'live', { scopeRef: { name: 'web' } }, 'scopeRef cannot be changed; make another'],
    ['one elsewhere', 'live', { scopeRef: { namespace: CI } }, 'scopeRef cannot be changed'],
    ['one here', 'live', { scopeRef: { namespace: null } }, 'scopeRef cannot be changed'],
    ['no scope', 'live', { scopeRef: null }, 'spec.scopeRef: Required value'],
    ['another Secret', 'live', { secretName: 'web' }, 'secretName cannot be changed; make another'],
    ['no Secret', 'live', { secretName: null }, 'spec.secretName: Required value'],
    ['a snapshot of what was live', 'live', { mode: 'Snapshot' }, 'mode cannot be changed; make another'],
    ['nothing at all', 'live', null, 'spec: Required value'],
    ['no mode of a Snapshot', 'snapshot', { mode: null }, 'mode cannot be changed'],
    ['other names of a Snapshot', 'snapshot', { include: ['A'] }, 'a Snapshot is of one moment and cannot'],
    ['no keys of a Snapshot', 'snapshot', { keys: null }, 'a Snapshot is of one moment'],
    ['no end of a Snapshot', 'snapshot', { ttl: null }, 'a Snapshot is of one moment'],
    ['another end of a Snapshot', 'snapshot', { ttl: '120m' }, 'a Snapshot is of one moment'],
    ['an answer to what is missing', 'snapshot', { onMissing: 'Empty' }, 'a Snapshot is of one moment'],
  ])('so this is refused: %s', async (_, name, spec, says) => {
    expect(refusalOf(await ana.merge(claim(name), { spec }))).toEqual(invalid(says));
  });

  it('so is an apply that leaves the mode out', async () => {
    const made = claim('applied', { mode: 'Snapshot' });
    expect((await ana.apply(made)).message).toBe('');
    expect(refusalOf(await ana.apply(claim('applied')))).toEqual(invalid('mode cannot be changed'));
  });

  it('it may be said in other words: Live is the default', async () => {
    expect((await ana.merge(claim('live'), { spec: { mode: 'Live' } })).message).toBe('');
    expect((await ana.merge(claim('live'), { spec: { mode: null } })).message).toBe('');
  });

  it('API-REVIEW 9: everything else of a Live claim may be edited, as GitOps does it', async () => {
    const edits = [
      { include: ['DATABASE_URL', 'NPM_TOKEN'] },
      { include: ['NPM_TOKEN'], keys: { NPM_TOKEN: 'token' } },
      { include: ['NPM_TOKEN'], onMissing: 'Empty', ttl: '2h' },
    ];
    for (const edit of edits) {
      const { message, body } = await ana.apply(claim('edited', edit), { manager: 'flux' });
      expect([message, (body as Thing)['spec']]).toEqual(['', claim('edited', edit)['spec']]);
    }
  });

  it.each(['0s', '59s', '721h', '8760h'])('a ttl of %s is refused', async (ttl) => {
    const words =
      'spec.ttl: Invalid value: ttl has to be from 1m to 720h; leave it out for as long as the claim';
    expect(refusalOf(await ana.create(claim('timed', { ttl })))).toEqual(invalid(words));
  });

  it.each(['1m', '60s', '720h', '719h60m'])('a ttl of %s is taken', async (ttl) => {
    expect((await dryRun(ana, claim('timed', { ttl }))).message).toBe('');
  });
});

describe('API-REVIEW 5, THREATS 12: whoever asks is an author, and stays one', () => {
  const patches = [{ authors: null }, { authors: [] }, { authors: ['carl'] }, { authors: ['ana', 'carl'] }];

  it('from the creation on, whatever the creator says', async () => {
    const { spec, ...made } = claim('stamped');
    expect(authorsOf(await ana.create({ ...made, spec, authors: ['bob', 'carl'] }))).toEqual(['ana']);
  });

  it('not by labels, nor by what changes the list alone', async () => {
    expect(authorsOf(await eve.merge(claim('stamped'), labelled('x')))).toEqual(['ana']);
    for (const patch of patches) expect(authorsOf(await eve.merge(claim('stamped'), patch))).toEqual(['ana']);
  });

  it('by another spec, which takes nobody out', async () => {
    for (const [i, patch] of patches.entries()) {
      const spec = { include: [`CHANGED_${i}`] };
      expect(authorsOf(await bob.merge(claim('stamped'), { spec, ...patch }))).toEqual(['ana', 'bob']);
    }
    const { authors: _, ...replaced } = (await bob.get(claim('stamped'))).body as Thing;
    expect(authorsOf(await bob.call('PUT', pathTo('stamped'), replaced))).toEqual(['ana', 'bob']);
  });
});

describe('THREATS 24: the status of a claim', () => {
  const status = { state: 'Delivered', conditions: [] };

  it('is written by nobody but the operator, whatever RBAC lets them', async () => {
    await ana.create(claim('reported'));
    expect(refusalOf(await star.merge(claim('reported'), { status }, '/status'))).toEqual(
      forbidden('star may not write the status of secretclaims'),
    );
    // on the claim itself it is dropped
    expect((await star.merge(claim('reported'), { status })).body).toMatchObject({
      status: { observedGeneration: -1 },
    });
  });

  it('kubectl get secretclaims shows what it says', async () => {
    const operator = await cluster.guarded.operator();
    const said = { ...status, expires: '2026-12-22T12:00:00Z' };
    expect((await operator.merge(claim('reported'), { status: said }, '/status')).message).toBe('');
    const accept = 'json;as=Table;g=meta.k8s.io;v=v1';
    const { body } = await ana.call('GET', pathTo('reported'), undefined, 'json', accept);
    const table = body as { columnDefinitions: { name: string }[]; rows: { cells: unknown[] }[] };
    const names = table.columnDefinitions.map(({ name }) => name.toUpperCase());
    expect(names).toEqual(
      ['NAME', 'SCOPE', 'SECRET', 'STATE', 'REASON', 'EXPIRES', 'AGE'].concat('MODE', 'MESSAGE'),
    );
    expect(table.rows[0]?.cells.slice(0, 4)).toEqual(['reported', 'web-production', 'reported', 'Delivered']);
    expect(table.rows[0]?.cells[5]).toBe(said.expires);
  });
});

describe('API-REVIEW 20: the largest claim', () => {
  it.each(LARGEST_CLAIMS)(
    '$title passes every policy: made, labelled, changed',
    async ({ object, change }) => {
      const spec = { ...object.spec, scopeRef: PRODUCTION };
      const largest = claim(object.metadata.name, spec);
      expect(authorsOf(await ana.create(largest))).toEqual(['ana']);
      expect(authorsOf(await eve.merge(largest, labelled('x')))).toEqual(['ana']);
      expect(
        (await bob.apply(claim(object.metadata.name, { ...spec, ...change }), { force: true })).message,
      ).toBe('');
      expect((await eve.remove(largest)).message).toBe('');
    },
  );
});
