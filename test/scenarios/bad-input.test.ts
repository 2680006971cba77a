/** What only shows when the operator looks: each has a condition that names the field, the rule and the next step. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entryOf, Family, sourceThing } from '../scenarios-support/family.ts';
import {
  LOCAL,
  type OperatedCluster,
  operatedCluster,
  scopeThing,
} from '../scenarios-support/operated-cluster.ts';
import type { Thing } from '../scenarios-support/person.ts';

let cluster: OperatedCluster;
const TEAM = 'team-web';

beforeAll(async () => {
  cluster = await operatedCluster('bad-input');
  await cluster.team(TEAM);
  await cluster.have(
    sourceThing(TEAM, 'good', { value: 'good' }),
    sourceThing(TEAM, 'pair', { user: 'u', password: 'p' }),
    sourceThing(TEAM, 'large', { value: 'x'.repeat(49_153) }),
    sourceThing(TEAM, 'full', { value: 'x'.repeat(49_152) }),
    sourceThing(TEAM, 'void', { value: '' }),
    sourceThing(TEAM, 'bare', {}),
    sourceThing(TEAM, 'bytes', { value: Buffer.from([0xff, 0xfe, 0x00, 0x80]) }),
  );
}, 90_000);
afterAll(() => cluster?.stop());

const GOOD = entryOf('GOOD', 'good');
const repository = (name: string, spec: object): Thing =>
  scopeThing(name, TEAM, {
    level: 'Repository',
    backendRef: LOCAL,
    targets: [{ secretName: name, includeAll: true }],
    ...spec,
  });

describe('an entry that cannot be had leaves the others alone', () => {
  const from = (key: string, more: object = {}) => ({ name: 'BAD', from: { key, ...more } });
  const rows: [what: string, entry: object, reason: string, says: RegExp][] = [
    [
      'a key that climbs',
      from('../other'),
      'KeyInvalid',
      /BAD: .*from\.key "\.\.\/other" has a segment \. or \.\./,
    ],
    ['a key that is decoded', from('a%2fb'), 'KeyInvalid', /BAD: .*from\.key "a%2fb" has a % or a backslash/],
    ['a key of 300 characters', from('k'.repeat(300)), 'KeyInvalid', /BAD: .*300 characters; .*at most 253/],
    [
      'a key that no Secret can have',
      from('UPPER'),
      'KeyInvalid',
      /BAD: .*not the name of a Kubernetes Secret/,
    ],
    [
      'a key that is not there',
      from('nowhere'),
      'SecretMissing',
      /BAD: .*no key "nowhere"; store it there or correct/,
    ],
    [
      'one of several data keys, unsaid',
      from('pair'),
      'PropertyMissing',
      /several data keys; set from\.property/,
    ],
    [
      'a data key that is not there',
      from('pair', { property: 'x' }),
      'PropertyMissing',
      /no data key "x"; add it/,
    ],
    ['a Secret without data', from('bare'), 'PropertyMissing', /BAD: key "bare" has no data keys; add one/],
    [
      'a value of more than 48 KB',
      from('large'),
      'ValueTooLarge',
      /BAD: key "large" has more than 49152 bytes; pick/,
    ],
    [
      'an empty value',
      from('void'),
      'ValueEmpty',
      /BAD: key "void" is empty; store a value or remove the entry/,
    ],
    [
      'what is not Base64',
      from('pair', { property: 'user', encoding: 'Base64' }),
      'ValueNotDecodable',
      /not valid Base64; correct from\.encoding/,
    ],
    [
      'a version that is not there',
      from('good', { version: '1' }),
      'VersionGone',
      /no longer has version "1" .*from\.version/,
    ],
    [
      'what the operator delivered',
      from('own-target'),
      'SourceRefused',
      /never a source: it is delivered by SecretScope/,
    ],
    [
      'a credential of the cluster',
      from('sa-token'),
      'SourceRefused',
      /never a source: .*credential of the cluster/,
    ],
  ];

  beforeAll(async () => {
    await cluster.have(repository('own-target', { secrets: [GOOD] }), {
      ...sourceThing(TEAM, 'sa-token', { token: 'x' }),
      type: 'kubernetes.io/service-account-token',
      metadata: {
        name: 'sa-token',
        namespace: TEAM,
        annotations: { 'kubernetes.io/service-account.name': 'default' },
      },
    });
    await cluster.untilData(TEAM, 'own-target', { GOOD: 'good' });
  });

  it.each(rows)('%s', async (_what, entry, reason, says) => {
    const name = `entry-${rows.findIndex((row) => row[1] === entry)}`;
    await cluster.have(repository(name, { secrets: [GOOD, entry] }));
    const { message } = await cluster.untilReady(TEAM, name, 'False', reason);
    expect(message).toMatch(says);
    await cluster.untilData(TEAM, name, { GOOD: 'good' });
    expect(cluster.operator.output).not.toContain('xxxxxxxx');
  });

  it('a value of exactly 48 KB is delivered', async () => {
    await cluster.have(repository('brim', { secrets: [entryOf('FULL', 'full')] }));
    await cluster.untilReady(TEAM, 'brim', 'True');
    expect((await cluster.secret(TEAM, 'brim'))?.data['FULL']).toHaveLength(49_152);
  });

  it('a value that is no text is delivered byte by byte, and refused where text is needed', async () => {
    const template = { json: '{"v":${BYTES | json}}', base64: '${BYTES | base64}', plain: '<${BYTES}>' };
    const targets = [{ secretName: 'bytes-target', include: ['BYTES'], template }];
    await cluster.have(repository('bytes', { secrets: [entryOf('BYTES', 'bytes')], targets }));
    const { message } = await cluster.untilReady(TEAM, 'bytes', 'False', 'ValueNotText');
    expect(message).toMatch(/data key json: the value of BYTES is not UTF-8 text, .*; use base64/);
    const { body } = await cluster.platform.get(sourceThing(TEAM, 'bytes-target', {}));
    const { data } = body as { data: Record<string, string> };
    const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x80]);
    const decoded = (key: string) => Buffer.from(data[key] ?? '', 'base64');
    expect(decoded('BYTES')).toEqual(bytes);
    expect(decoded('plain')).toEqual(Buffer.concat([Buffer.from('<'), bytes, Buffer.from('>')]));
    expect(decoded('base64').toString()).toBe(bytes.toString('base64'));
    expect(data).not.toHaveProperty('json');
  });
});

describe('a target that cannot be made', () => {
  const wish = (fields: object) => ({ secrets: [GOOD], targets: [{ secretName: 'x', ...fields }] });
  const rows: [what: string, spec: object, reason: string, says: RegExp][] = [
    [
      'a name nobody defines',
      wish({ include: ['NOBODY'] }),
      'NotAvailable',
      /NOBODY is not an entry .*add it to spec\.secrets/,
    ],
    [
      'a template with an open brace',
      wish({ template: { t: 'a ${GOOD' } }),
      'TemplateInvalid',
      /data key t has \$\{ without a closing/,
    ],
    [
      'a template with an unknown filter',
      wish({ template: { t: '${GOOD | rot13}' } }),
      'TemplateInvalid',
      /unknown filter after GOOD; filters are base64/,
    ],
    [
      'a template with a name in lower case',
      wish({ template: { t: '${good}' } }),
      'TemplateInvalid',
      /not \$\{NAME\} with an upper-case name/,
    ],
    [
      'two sources of one data key',
      wish({ include: ['GOOD'], template: { GOOD: 'x' } }),
      'KeyCollision',
      /two sources make the data key GOOD; .*spec\.targets\[\]\.keys/,
    ],
    [
      'a type that lacks a key',
      wish({ include: ['GOOD'], keys: { GOOD: 'tls.crt' }, type: 'kubernetes.io/tls' }),
      'TargetRefused',
      /of type kubernetes\.io\/tls needs tls\.key: name them in spec\.targets\[\]\.keys/,
    ],
    [
      'a label that is none',
      wish({ includeAll: true, labels: { 'not a label': 'x' } }),
      'TargetRefused',
      /refused by the API server .*check type, keys, labels and annotations/,
    ],
    [
      'a restart of what is no workload of apps/v1',
      wish({
        includeAll: true,
        restart: { workloads: [{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Deployment', name: 'web' }] },
      }),
      'UnsupportedByThisVersion',
      /spec\.targets\[x\]\.restart\.workloads\[\]\.apiVersion is not supported .*write apps\/v1/,
    ],
    [
      'itself as parent',
      { parentRef: { name: 'target-8' }, secrets: [GOOD] },
      'SpecInvalid',
      /spec\.parentRef names this scope itself; name the scope one level above/,
    ],
  ];

  it.each(rows)('%s', async (_what, spec, reason, says) => {
    const name = `target-${rows.findIndex((row) => row[1] === spec)}`;
    const text = JSON.stringify(spec).replace('"secretName":"x"', `"secretName":"${name}"`);
    await cluster.have(repository(name, JSON.parse(text)));
    const { message } = await cluster.untilReady(TEAM, name, 'False', reason);
    expect(message).toMatch(new RegExp(says.source.replace('\\[x\\]', `\\[${name}\\]`)));
    expect(await cluster.secret(TEAM, name)).toBeUndefined();
  });
});

describe('two environments of one repository may not have one name', () => {
  const environment = (name: string, environmentName: string): Thing =>
    scopeThing(name, TEAM, {
      level: 'Environment',
      environmentName,
      parentRef: { name: 'shop' },
      backendRef: LOCAL,
      secrets: [GOOD],
      targets: [{ secretName: name, includeAll: true }],
    });

  it('GX12: names are compared without case, and the next one takes the place of one that goes', async () => {
    await cluster.have(repository('shop', {}), environment('first', 'Production'));
    await cluster.untilReady(TEAM, 'first', 'True');
    // age is told in seconds
    await sleep(1_100);
    await cluster.have(environment('second', 'PRODUCTION'));
    const { message } = await cluster.untilReady(TEAM, 'second', 'False', 'EnvironmentNameTaken');
    expect(message).toMatch(
      /environment name "PRODUCTION" is already used .*team-web\/first .*choose another/,
    );
    expect(await cluster.secret(TEAM, 'second')).toBeUndefined();
    await cluster.untilReady(TEAM, 'first', 'True');
    await cluster.gone(environment('first', 'Production'));
    await cluster.untilData(TEAM, 'second', { GOOD: 'good' });
  });
});

describe('protection that nobody has approved', () => {
  const protection = { requiredReviewers: [{ kind: 'User', name: 'ana' }] };

  it('THREATS 5: what was delivered is frozen, and what is taken away leaves all the same', async () => {
    const family = await Family.settle(cluster, 'guarded');
    await family.have('web', { children: [family.trusted], secrets: [], targets: [] });
    const environment = (change: object) => ({
      ...family.repository('prod', { level: 'Environment', parentRef: { name: 'web' }, ...change }),
    });
    await cluster.have(environment({}));
    await family.untilData('prod', { TOKEN: 'org-token', OTHER: 'other-1' });
    await cluster.have(environment({ protection }));
    const { message } = await family.untilReady('prod', 'False', 'AwaitingApproval');
    expect(message).toMatch(/SecretRequest .* waits for approval, 0 of 1 so far: User ana may vote/);
    await family.store(family.team, 'other', { other: 'other-2' });
    await family.rotate('org-2');
    await family.organize({ secrets: [] });
    await family.untilData('prod', { OTHER: 'other-1' });
    await cluster.have(environment({}));
    await family.untilData('prod', { OTHER: 'other-2' });
  });

  it('a new protected environment gets no Secret', async () => {
    const spec = { level: 'Environment', parentRef: { name: 'shop' }, protection, secrets: [GOOD] };
    await cluster.have(repository('gated', spec));
    await cluster.untilReady(TEAM, 'gated', 'False', 'AwaitingApproval');
    expect(await cluster.secret(TEAM, 'gated')).toBeUndefined();
  });
});

it('nothing of all this was done by system:masters', async () => {
  expect(await cluster.requestsByMasters()).toEqual([]);
});
