import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CLAIMS_PATH, ClaimCluster, DELIVERED, SPEC, stands } from './claim-fixture.ts';

let cluster: ClaimCluster;
beforeEach(async () => {
  cluster = await ClaimCluster.start();
});
afterEach(() => cluster[Symbol.asyncDispose]());

const asked = () => cluster.made[0]?.body as { metadata: object; spec: object };

describe('secretscope claim', () => {
  it('makes a Snapshot and prints nothing but the name of its Secret on stdout', async () => {
    const { text, notes, code } = await cluster.deploy();
    expect([text, code]).toEqual(['deploy-42', 0]);
    expect(notes).toContain('claim team/deploy-42 is made');
    expect(cluster.made[0]?.path).toBe(CLAIMS_PATH);
    expect(asked()).toMatchObject({
      apiVersion: 'secretscope.dev/v1alpha1',
      kind: 'SecretClaim',
      metadata: { namespace: 'team', name: 'deploy-42' },
      spec: SPEC,
    });
  });

  it('says what is left behind without a ttl, and is quiet with one', async () => {
    expect((await cluster.deploy()).notes).toContain('kubectl delete secretclaim deploy-42 -n team');
    expect((await cluster.deploy('--name', 'other', '--ttl', '2h')).notes).not.toContain('note:');
    expect(cluster.made[1]?.body).toMatchObject({
      metadata: { name: 'other' },
      spec: { ...SPEC, ttl: '2h' },
    });
  });

  it('takes a scope of the own namespace by its name, and a claim in the namespace of -n', async () => {
    await cluster.claim('web', '--include', 'A', '--secret', 's', '-n', 'ci', '--live', '--timeout', '0s');
    expect(cluster.made[0]?.path).toContain('/namespaces/ci/');
    expect(asked().spec).toEqual({
      scopeRef: { name: 'web' },
      include: ['A'],
      secretName: 's',
      mode: 'Live',
    });
  });

  it('collects the names of every --include once, in upper case', async () => {
    await cluster.deploy('--include', 'npm_token, database_url');
    expect(asked().spec).toMatchObject({ include: ['DATABASE_URL', 'SENTRY_DSN', 'NPM_TOKEN'] });
  });

  it('-o prints the claim as it is delivered, without who manages which field', async () => {
    cluster.there(SPEC, { managedFields: [{ manager: 'x' }] });
    const json = JSON.parse((await cluster.deploy('-o', 'json')).text) as { metadata: object };
    expect(json).toMatchObject({ kind: 'SecretClaim', spec: SPEC, status: DELIVERED });
    expect(json.metadata).not.toHaveProperty('managedFields');
    expect(parse((await cluster.deploy('-o', 'yaml')).text)).toEqual(json);
  });

  it('--no-wait prints no name, since there is no Secret yet', async () => {
    cluster.looks = [stands('Waiting', 'NotAvailable', { stalled: true })];
    const { text, notes, code } = await cluster.deploy('--no-wait');
    expect([text, code]).toEqual(['', 0]);
    expect(notes).toContain('look with: kubectl get secretclaim deploy-42 -n team');
    expect(JSON.parse((await cluster.deploy('--no-wait', '-o', 'json')).text)).toMatchObject({ spec: SPEC });
  });
});

describe('a step that is run once more', () => {
  it('takes up the claim that it made', async () => {
    await cluster.deploy();
    const { text, notes, code } = await cluster.deploy();
    expect([text, code]).toEqual(['deploy-42', 0]);
    expect(notes).toContain('claim team/deploy-42 is there already, with the same spec');
  });

  it('takes it up however the same is written', async () => {
    const { mode: _, ...live } = SPEC;
    const odd = { ...live, include: SPEC.include.toReversed(), onMissing: 'Report', keys: {}, ttl: '120m' };
    cluster.there(odd, {}, { authors: ['ben@acme.dev'] });
    expect((await cluster.deploy('--live', '--ttl', '2h')).code).toBe(0);
    cluster.there({ ...SPEC, scopeRef: { name: 'web' } });
    const own = ['team/web', '--include', SPEC.include.join(), '--secret', 'deploy-42'];
    expect((await cluster.claim(...own)).code).toBe(0);
  });

  it.each<[string, object, string]>([
    ['other names', { include: ['DATABASE_URL'] }, 'include'],
    ['another scope', { scopeRef: { name: 'web-production' } }, 'scopeRef'],
    ['another Secret and mode', { secretName: 'other', mode: 'Live' }, 'secretName, mode'],
    ['other data keys', { keys: { DATABASE_URL: 'url' } }, 'keys'],
    ['a ttl', { ttl: '1h' }, 'ttl'],
    ['what this version cannot read', { later: true }, 'it cannot be read by this version'],
  ])('is refused where a claim of that name asks for %s', async (_what, change, fields) => {
    cluster.there({ ...SPEC, ...change });
    const { text, notes, code } = await cluster.deploy();
    expect([text, code]).toEqual(['', 1]);
    expect(notes).toContain(
      `claim team/deploy-42 that asks for something else (${fields}); use another --name`,
    );
    expect(notes).toContain('kubectl delete secretclaim deploy-42 -n team');
  });

  it('waits for no claim that is going away', async () => {
    cluster.there(SPEC, { deletionTimestamp: '2026-11-22T10:00:00Z' });
    const { notes, code } = await cluster.deploy();
    expect([notes, code]).toEqual([expect.stringContaining('is being deleted; run this again'), 1]);
  });
});

describe('a claim that is not made', () => {
  it.each([
    ['without a right', 403, 'Forbidden', 'no\u001b[31m right', 3, 'bind you the verbs create and get'],
    [
      'because admission says no',
      403,
      'Forbidden',
      "ValidatingAdmissionPolicy 'claim-rights.secretscope.dev' denied request: it needs the verb claim",
      3,
      'it says itself what is missing: ValidatingAdmissionPolicy',
    ],
    [
      'because it is invalid',
      422,
      'Invalid',
      'spec.ttl: too long',
      3,
      'nothing was made; change what it says',
    ],
    ['where there is no namespace', 404, 'NotFound', 'namespaces "team" not found', 4, 'no namespace team'],
    ['by a server that is not well', 500, 'InternalError', 'etcd', 1, 'is not known; run this again'],
  ])(
    '%s ends with a code that says so, and says what to do',
    async (_why, code, reason, message, ends, next) => {
      cluster.refusals = [{ code, reason, message }];
      const ran = await cluster.deploy();
      expect([ran.text, ran.code]).toEqual(['', ends]);
      expect(ran.notes).toContain(next);
      expect(ran.notes).not.toContain('\u001b');
    },
  );
});

describe('a wrong command line', () => {
  it.each<[string, string[], RegExp]>([
    ['a scope that is none', ['a/b/c', '--include', 'A', '--secret', 's'], /not a scope/],
    ['a namespace that is none', ['A_B/c', '--include', 'A', '--secret', 's'], /not a scope/],
    ['a name that is none', ['web', '--include', 'A,1B,\u001bC', '--secret', 's'], /got "1B", "\\u\{1b\}C"/],
    ['an empty name', ['web', '--include', '', '--secret', 's'], /--include takes names/],
    ['a Secret that is none', ['web', '--include', 'A', '--secret', 'S'], /--secret takes the name/],
    ['a claim that is none', ['web', '--include', 'A', '--secret', 's', '--name', '-'], /--name takes/],
    ['both modes', ['web', '--include', 'A', '--secret', 's', '--live', '--snapshot'], /use either/],
    ['a ttl that is too short', ['web', '--include', 'A', '--secret', 's', '--ttl', '0s'], /1m to 720h/],
    ['a ttl of a year', ['web', '--include', 'A', '--secret', 's', '--ttl', '8760h'], /1m to 720h/],
    ['a ttl that is none', ['web', '--include', 'A', '--secret', 's', '--ttl', '2d'], /a duration/],
    ['a timeout that is none', ['web', '--include', 'A', '--secret', 's', '--timeout', 'x'], /a duration/],
    ['a format that is none', ['web', '--include', 'A', '--secret', 's', '-o', 'table'], /json or yaml/],
    ['a wrong -n', ['web', '--include', 'A', '--secret', 's', '-n', 'A_B'], /not the name of a namespace/],
  ])('%s ends with 2, and asks no cluster', async (_what, args, message) => {
    const { text, notes, code } = await cluster.claim(...args);
    expect([text, code]).toEqual(['', 2]);
    expect(notes).toMatch(message);
    expect(cluster.few.server.received).toEqual([]);
  });
});
