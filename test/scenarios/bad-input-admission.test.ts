/** What the API server refuses of what people write, in words that name the field and the rule. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { eventually, roleBinding } from '../scenarios-support/guarded-cluster.ts';
import {
  LOCAL,
  type OperatedCluster,
  operatedCluster,
  scopeThing,
} from '../scenarios-support/operated-cluster.ts';
import { type Person, pathOf, type Thing } from '../scenarios-support/person.ts';

let cluster: OperatedCluster;
/** edits namespace team-web and may have repositories and environments there, as a team lead would */
let ana: Person;

const ROLES = ['edit', 'secretscope-repository-owner', 'secretscope-environment-owner'];

beforeAll(async () => {
  cluster = await operatedCluster('bad-input-admission');
  ana = await cluster.guarded.person('ana');
  await cluster.team('team-web');
  for (const role of ROLES) await cluster.have(roleBinding('ana', role, 'team-web'));
  await eventually(() => ana.apply(repository({}), { dryRun: true }));
  await eventually(() => ana.apply(environment({}), { dryRun: true }));
}, 90_000);
afterAll(() => cluster?.stop());

const repository = (spec: object): Thing =>
  scopeThing('tried', 'team-web', { level: 'Repository', backendRef: LOCAL, ...spec });
const environment = (spec: object): Thing =>
  scopeThing('tried-too', 'team-web', { level: 'Environment', parentRef: { name: 'tried' }, ...spec });
const entry = (name: string, from: object = { key: 'k' }) => ({ secrets: [{ name, from }] });
const target = (fields: object) => ({ targets: [{ secretName: 'web', ...fields }] });
const backend = (kind: string, spec: object): Thing => ({
  apiVersion: API_VERSION,
  kind,
  metadata: { name: 'tried', ...(kind === 'SecretBackend' && { namespace: 'team-web' }) },
  spec,
});
const LENT = { auth: { serviceAccountRef: { name: 'reader' } } };

/** As kubectl does, which asks the server to refuse what it does not know. */
async function refusal(thing: Thing, by: Person): Promise<string> {
  const { name: _, ...place } = thing.metadata;
  const path = `${pathOf({ ...thing, metadata: place })}?dryRun=All&fieldValidation=Strict`;
  const { status, message } = await by.call('POST', path, thing);
  expect([201, 400, 403, 422]).toContain(status);
  return message;
}

describe('a scope', () => {
  const LONG = 'X'.repeat(254);
  const rows: [what: string, spec: object, says: RegExp][] = [
    ['an unknown field', { secret: [] }, /unknown field "spec\.secret"/],
    ['an unknown field of an entry', entry('A', { key: 'k', path: 'x' }), /"spec\.secrets\[0\]\.from\.path"/],
    ['an unknown field of a target', target({ includes: ['A'] }), /"spec\.targets\[0\]\.includes"/],
    ['a class that children give themselves', { visibility: 'Private' }, /unknown field "spec\.visibility"/],
    ['a name in lower case', entry('npm_token'), /spec\.secrets\[0\]\.name: .*should match '\^\[A-Z_\]/],
    ['a name with a digit in front', entry('1ST'), /spec\.secrets\[0\]\.name: .*should match/],
    ['a name with a line break', entry('A\nB'), /spec\.secrets\[0\]\.name: .*should match/],
    ['a name that only looks like ASCII', entry('\u017fECRET'), /spec\.secrets\[0\]\.name: .*should match/],
    ['a name of 254 characters', entry(LONG), /spec\.secrets\[0\]\.name: Too long: may not be more than 253/],
    ['a name that GitHub keeps', entry('GITHUB_TOKEN'), /secrets\[0\]\.name: .*GITHUB_ are reserved; choose/],
    [
      'two entries of one name',
      { secrets: [...entry('A').secrets, ...entry('A').secrets] },
      /spec\.secrets\[1\]: Duplicate value: .*"name":\s*"A"/,
    ],
    ['an empty key', entry('A', { key: '' }), /secrets\[0\]\.from\.key: .*should be at least 1 chars long/],
    ['a key of 513 characters', entry('A', { key: 'k'.repeat(513) }), /from\.key: Too long: .*512/],
    [
      'a key with a control character',
      entry('A', { key: 'a\u0007b' }),
      /from\.key: .*should match '\^\[!-~\]/,
    ],
    ['a key with a space', entry('A', { key: 'a b' }), /secrets\[0\]\.from\.key: .*should match/],
    [
      'a property with an escape',
      entry('A', { key: 'k', property: '\u001b[2J' }),
      /from\.property: .*should match/,
    ],
    [
      'an unknown encoding',
      entry('A', { key: 'k', encoding: 'hex' }),
      /from\.encoding: Unsupported value: "hex"/,
    ],
    [
      'a prefix that ends within a segment',
      { discover: [{ prefix: 'team-a' }] },
      /discover\[0\]\.prefix: .*should match/,
    ],
    [
      'a Secret’s name that is none',
      target({ secretName: 'Web_1' }),
      /targets\[0\]\.secretName: .*should match/,
    ],
    [
      'a path as a Secret’s name',
      target({ secretName: '../web' }),
      /targets\[0\]\.secretName: .*should match/,
    ],
    ['a wish in lower case', target({ include: ['npm'] }), /targets\[0\]\.include\[0\]: .*should match/],
    ['a data key with a slash', target({ keys: { A: 'a/b' } }), /targets\[0\]\.keys\.A: .*should match/],
    [
      'an empty template',
      target({ template: { x: '' } }),
      /targets\[0\]\.template\.x: .*at least 1 chars long/,
    ],
    [
      'a service account token as type',
      target({ type: 'kubernetes.io/service-account-token' }),
      /targets\[0\]\.type: Unsupported value/,
    ],
    [
      'a label of the operator’s',
      target({ labels: { 'secretscope.dev/managed': 'no' } }),
      /targets\[0\]\.labels: .*reserved; use/,
    ],
    [
      'an annotation of Kubernetes’',
      target({ annotations: { 'kubernetes.io/service-account.name': 'x' } }),
      /targets\[0\]\.annotations: .*reserved; use/,
    ],
    [
      'an annotation with an escape',
      target({ annotations: { a: '\u001b[31m' } }),
      /annotations\.a: .*should match/,
    ],
    [
      'a docker config without registries',
      target({ dockerConfig: { registries: [] } }),
      /registries: .*at least 1 items/,
    ],
    ['a parent’s name that is none', { parentRef: { name: 'a/b' } }, /spec\.parentRef\.name: .*should match/],
    [
      'entries without a backend',
      { ...entry('A'), backendRef: undefined },
      /spec\.backendRef: .*never inherited/,
    ],
    [
      'access in a repository',
      { secrets: [{ name: 'A', from: { key: 'k' }, access: { visibility: 'All' } }] },
      /spec\.secrets: .*access belongs to the level Organization; remove it/,
    ],
    [
      'more than 100 entries',
      { secrets: Array.from({ length: 101 }, (_, i) => ({ name: `N${i}`, from: { key: 'k' } })) },
      /spec\.secrets: .*at most 100 secrets/,
    ],
    [
      'more than 300 wishes',
      target({ include: Array.from({ length: 301 }, (_, i) => `N${i}`) }),
      /include: Too many: 301: must have at most 300/,
    ],
  ];

  it.each(rows)('%s is refused', async (_what, spec, says) => {
    expect(await refusal(repository(spec), ana)).toMatch(says);
  });

  it('an unknown field is refused to server-side apply, too', async () => {
    const { status, message } = await ana.apply(repository({ secret: [] }), { dryRun: true });
    expect([status, message]).toEqual([expect.any(Number), expect.stringContaining('.spec.secret')]);
    expect(status).toBeGreaterThanOrEqual(400);
  });

  it.each<[string, object, RegExp]>([
    ['without a parent', { parentRef: undefined }, /spec\.parentRef: .*the Repository it belongs to/],
    ['with children', { children: [] }, /spec\.children: .*an Environment has no children; remove/],
    ['with a name of two lines', { environmentName: 'a\nb' }, /spec\.environmentName: .*should match/],
    [
      'with seven reviewers',
      { protection: { requiredReviewers: reviewers(7) } },
      /requiredReviewers: Too many: 7/,
    ],
  ])('an environment %s is refused', async (_what, spec, says) => {
    expect(await refusal(environment(spec), cluster.platform)).toMatch(says);
  });

  it('who may not have a level is told which right is missing', async () => {
    const organization = scopeThing('tried', 'team-web', { level: 'Organization' });
    expect(await refusal(organization, ana)).toMatch(
      /ana may not .*[Oo]rganization.*secretscope-organization-owner/s,
    );
    expect(await refusal(environment({ protection: {} }), ana)).toMatch(
      /ana may not .*secretscope-protection-owner/s,
    );
  });

  function reviewers(count: number): object[] {
    return Array.from({ length: count }, (_, i) => ({ kind: 'User', name: `u${i}` }));
  }
});

const ROLE = {
  serviceAccountRef: { name: 'reader' },
  roleARN: 'arn:aws:iam::123456789012:role/reader',
};

describe('a backend', () => {
  const ROWS: [what: string, kind: string, spec: object, says: RegExp][] = [
    ['without a provider', 'SecretBackend', {}, /exactly one of aws, gcp, azure, kubernetes/],
    [
      'of two providers',
      'SecretBackend',
      { kubernetes: LENT, aws: { region: 'eu-west-1', auth: ROLE } },
      /exactly one of aws, gcp, azure, kubernetes/,
    ],
    ['of a provider that is not there', 'SecretBackend', { vault: {} }, /unknown field "spec\.vault"/],
    [
      'of AWS without a region',
      'SecretBackend',
      { aws: { auth: ROLE } },
      /spec\.aws\.region: Required value/,
    ],
    [
      'whose region is a host',
      'SecretBackend',
      { aws: { region: 'evil.example/', auth: ROLE } },
      /spec\.aws\.region: .*should match/,
    ],
    [
      'THREATS 4: with the identity of the operator’s Pod',
      'SecretBackend',
      { aws: { region: 'eu-west-1', auth: { ambient: true } } },
      /unknown field "spec\.aws\.auth\.ambient"/,
    ],
    [
      'THREATS 4: with a cloud’s endpoint',
      'SecretBackend',
      {
        gcp: {
          projectID: 'acme-prod',
          endpoint: 'https://evil.example',
          auth: { secretRef: { name: 'key' } },
        },
      },
      /unknown field "spec\.gcp\.endpoint"/,
    ],
    [
      'THREATS 4: with the operator’s identity at a foreign endpoint',
      'ClusterSecretBackend',
      { azure: { vaultName: 'acme', endpoint: 'https://evil.example', auth: { ambient: true } } },
      /ambient goes to the provider alone/,
    ],
    [
      'with two identities',
      'SecretBackend',
      { aws: { region: 'eu-west-1', auth: { ...ROLE, secretRef: { name: 'keys' } } } },
      /exactly one of serviceAccountRef and secretRef/,
    ],
    [
      'with ambient: false',
      'ClusterSecretBackend',
      { aws: { region: 'eu-west-1', auth: { ambient: false } } },
      /exactly one of serviceAccountRef, secretRef and ambient: true/,
    ],
    [
      'with an account and no role',
      'SecretBackend',
      { aws: { region: 'eu-west-1', auth: { serviceAccountRef: { name: 'reader' } } } },
      /roleARN goes with serviceAccountRef/,
    ],
    [
      'with a grant that covers other namespaces’ keys',
      'ClusterSecretBackend',
      {
        azure: { vaultName: 'acme', auth: { ambient: true } },
        grants: [{ namespaces: {}, keys: [{ prefix: '{namespace}--' }] }],
      },
      /a prefix with \{namespace\} ends with/,
    ],
    [
      'that reads another namespace',
      'SecretBackend',
      { kubernetes: { ...LENT, namespace: 'payments' } },
      /unknown field "spec\.kubernetes\.namespace"/,
    ],
    [
      'with the operator’s own identity',
      'SecretBackend',
      { kubernetes: { auth: { ambient: true } } },
      /unknown field "spec\.kubernetes\.auth\.ambient"|serviceAccountRef: Required value/,
    ],
    [
      'with an endpoint',
      'SecretBackend',
      { kubernetes: LENT, endpoint: 'https://evil' },
      /unknown field "spec\.endpoint"/,
    ],
    [
      'with an interval in words',
      'SecretBackend',
      { kubernetes: LENT, refreshInterval: '5 minutes' },
      /refreshInterval: .*should match/,
    ],
    [
      'with a grant of a key and a prefix at once',
      'ClusterSecretBackend',
      {
        kubernetes: { ...LENT, namespace: 'vault' },
        grants: [{ namespaces: {}, keys: [{ key: 'a', prefix: 'a/' }] }],
      },
      /spec\.grants\[0\]\.keys\[0\]: .*exactly one of prefix and key/,
    ],
    [
      'with a grant of no key',
      'ClusterSecretBackend',
      { kubernetes: { ...LENT, namespace: 'vault' }, grants: [{ namespaces: {}, keys: [] }] },
      /spec\.grants\[0\]\.keys: .*at least 1 items/,
    ],
  ];

  it.each(ROWS)('%s is refused', async (_what, kind, spec, says) => {
    expect(await refusal(backend(kind, spec), cluster.platform)).toMatch(says);
  });
});

it('nothing of all this was done by system:masters', async () => {
  expect(await cluster.requestsByMasters()).toEqual([]);
});
