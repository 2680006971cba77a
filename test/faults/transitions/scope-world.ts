/** Owns: a world in which every field of a scope, of a claim and of a webhook automation says something. */
import { API_VERSION } from '../../../src/model/kinds/common.ts';
import { LOCAL, READER, scopeThing, secretThing } from '../../scenarios-support/operated-cluster.ts';
import type { Thing } from '../../scenarios-support/person.ts';
import { LAB, ORG, OWN_ONE, WEB } from '../fault-world.ts';
import { RECEIVER } from '../receiver-place.ts';
import type { Changes, TransitionWorld } from './transition.ts';

const TOKEN = 'canary-turn-token-Pw7nXd4Gk2Fs';
const OTHER = 'canary-turn-other-Jb5tMq8Rv1Zh';
const FOUND = 'canary-turn-found-Ty3kLc6Ws9Ne';
const HOOK = 'canary-turn-hook-Ga8rVx2Mz7Qd';

/** Lets in whoever the namespaces of all plans are. */
const EVERYBODY = {
  matchLabels: { org: 'acme' },
  matchExpressions: [{ key: 'org', operator: 'In', values: ['acme'] }],
};

const thing = (kind: string, name: string, namespace: string, spec: object): Thing => ({
  apiVersion: API_VERSION,
  kind,
  metadata: { name, namespace },
  spec,
});
const entry = (name: string, key: string, property: string, more: object = {}) => ({
  name,
  from: { key, property, ...more },
});
const chosen = {
  visibility: 'Selected',
  repositories: [{ namespace: WEB, name: 'app' }],
  namespaces: EVERYBODY,
  groups: ['chosen'],
};

const objects: readonly Thing[] = [
  secretThing(ORG, 'shared', { token: TOKEN, other: OTHER, hook: HOOK }),
  secretThing(ORG, 'found.one', { value: FOUND }),
  secretThing(WEB, 'own', { value: OWN_ONE, other: OTHER, packed: Buffer.from(OTHER).toString('base64') }),
  scopeThing('acme', ORG, {
    level: 'Organization',
    backendRef: LOCAL,
    children: [{ namespaces: EVERYBODY, visibility: 'Private', trusted: true }],
    consumers: [{ namespaces: EVERYBODY }],
    secrets: [
      { ...entry('TOKEN', 'shared', 'token', { encoding: 'None' }), locked: false, access: chosen },
      { ...entry('HOOK', 'shared', 'hook'), access: { visibility: 'All' } },
    ],
    discover: [{ prefix: 'found.', access: chosen }],
    accessGroups: [
      { name: 'chosen', repositories: [{ namespace: WEB, name: 'app' }], namespaces: EVERYBODY },
    ],
    automationHosts: ['127.0.0.1'],
    suspend: false,
  }),
  scopeThing('app', WEB, {
    level: 'Repository',
    parentRef: { namespace: ORG, name: 'acme' },
    backendRef: LOCAL,
    consumers: [{ namespaces: EVERYBODY }],
    secrets: [entry('OWN', 'own', 'value')],
    targets: [
      {
        secretName: 'app',
        include: ['OWN', 'TOKEN'],
        includeAll: false,
        keys: { OWN: 'own' },
        onMissing: 'Report',
        atomic: false,
        type: 'Opaque',
        labels: { color: 'green' },
        annotations: { note: 'first' },
        template: { text: 'own is ${OWN}' },
        namespaces: EVERYBODY,
        deletionPolicy: 'Delete',
      },
    ],
    suspend: false,
  }),
  thing('SecretBackend', 'second', WEB, {
    kubernetes: { auth: { serviceAccountRef: { name: READER } } },
  }),
  scopeThing('test', WEB, {
    level: 'Environment',
    environmentName: 'test',
    parentRef: { name: 'app' },
    backendRef: { kind: 'SecretBackend', name: 'second' },
    secrets: [entry('TEST', 'own', 'value')],
    targets: [{ secretName: 'test', include: ['TEST'] }],
  }),
  scopeThing('pull', WEB, {
    level: 'Environment',
    environmentName: 'pull',
    parentRef: { name: 'app' },
    targets: [
      {
        secretName: 'pull',
        dockerConfig: { registries: [{ server: 'ghcr.io', username: 'bot', password: '${OWN}' }] },
      },
    ],
  }),
  thing('SecretClaim', 'live', LAB, {
    scopeRef: { namespace: WEB, name: 'app' },
    include: ['OWN'],
    keys: { OWN: 'own' },
    onMissing: 'Report',
    secretName: 'live',
    mode: 'Live',
    ttl: '720h',
  }),
  thing('WebhookAutomation', 'hook', WEB, {
    scopeRef: { name: 'app' },
    events: ['ReviewRequested'],
    filter: [{ variable: 'event_type', values: ['ReviewRequested'] }],
    url: `${RECEIVER}/hook`,
    headers: [{ name: 'X-Team', value: 'web' }],
    payload: { text: '${event_type}' },
    secrets: ['HOOK'],
    accessToken: { secret: 'HOOK' },
    signature: { secret: 'HOOK', header: 'X-Signature', encoding: 'Hex', prefix: 'sha256=' },
    retryFor: '24h',
  }),
  thing('ClusterSecretBackend', 'shared', '', {
    kubernetes: { namespace: ORG, auth: { serviceAccountRef: { name: READER } } },
    grants: [{ namespaces: EVERYBODY, keys: [{ prefix: 'found.' }], operations: ['Read'] }],
    refreshInterval: '5m',
  }),
  scopeThing('tool', LAB, {
    level: 'Repository',
    backendRef: { kind: 'ClusterSecretBackend', name: 'shared' },
    secrets: [entry('FOUND', 'found.one', 'value')],
    targets: [{ secretName: 'tool', include: ['FOUND'] }],
  }),
];

/** Each part of a selector of everybody: whom it leaves out then. */
function selector(path: string, on: string): Changes {
  const expression = `${path}.matchExpressions[]`;
  return {
    [`${path}.matchLabels`]: { on, to: [{ org: 'nobody' }, {}] },
    [`${expression}.key`]: { on, to: ['nobody'] },
    [`${expression}.operator`]: { on, to: ['NotIn'] },
    // In needs values
    [`${expression}.values[]`]: { on, to: ['nobody'], stays: true },
  };
}

const access = (path: string, on: string): Changes => ({
  [`${path}.visibility`]: { on, refused: 'All' },
  [`${path}.repositories[].namespace`]: { on, to: [LAB] },
  [`${path}.repositories[].name`]: { on, to: ['nothing'] },
  ...selector(`${path}.namespaces`, on),
  [`${path}.groups[]`]: { on, to: ['nobody'] },
});

const ACME = 'SecretScope/acme';
const APP = 'SecretScope/app';
const TEST = 'SecretScope/test';
const PULL = 'SecretScope/pull';
const LIVE = 'SecretClaim/live';
const HOOKED = 'WebhookAutomation/hook';
const SHARED = 'ClusterSecretBackend/shared';

const scopeChanges: Changes = {
  level: { on: APP, refused: 'Environment' },
  environmentName: { on: TEST, refused: 'other' },
  'parentRef.namespace': { on: APP, refused: WEB },
  'parentRef.name': { on: APP, refused: 'other' },
  'backendRef.kind': { on: APP, refused: 'ClusterSecretBackend' },
  'backendRef.name': { on: APP, to: ['nothing'] },
  ...selector('children[].namespaces', ACME),
  'children[].visibility': { on: ACME, to: ['Public', 'Internal'] },
  'children[].trusted': { on: ACME, to: [false] },
  ...selector('consumers[].namespaces', APP),
  'secrets[].name': { on: APP, to: ['OTHER'] },
  'secrets[].from.key': { on: APP, to: ['nothing'] },
  'secrets[].from.property': { on: APP, to: ['other', 'nothing'] },
  'secrets[].from.encoding': { on: ACME, to: ['Base64'] },
  'secrets[].locked': { on: ACME, to: [true] },
  ...access('secrets[].access', ACME),
  'discover[].prefix': { on: ACME, to: ['lost.'] },
  ...access('discover[].access', ACME),
  'accessGroups[].name': { on: ACME, to: ['others'] },
  'accessGroups[].repositories[].namespace': { on: ACME, to: [LAB] },
  'accessGroups[].repositories[].name': { on: ACME, to: ['nothing'] },
  ...selector('accessGroups[].namespaces', ACME),
  'automationHosts[]': { on: ACME, to: ['hooks.example.com'] },
  'targets[].secretName': { on: APP, to: ['app-other'] },
  'targets[].include[]': { on: APP, to: ['NOTHING'] },
  'targets[].includeAll': { on: APP, to: [true] },
  'targets[].keys': { on: APP, to: [{ OWN: 'other' }, { OWN: 'TOKEN' }] },
  'targets[].onMissing': { on: APP, to: ['Empty'] },
  'targets[].atomic': { on: APP, to: [true] },
  'targets[].type': { on: APP, to: ['kubernetes.io/basic-auth'] },
  'targets[].labels': { on: APP, to: [{ color: 'red' }, { size: 'big' }] },
  'targets[].annotations': { on: APP, to: [{ note: 'second' }, { other: 'third' }] },
  'targets[].template': { on: APP, to: [{ text: 'it is ${OWN}' }, { text: '${' }] },
  'targets[].dockerConfig.registries[].server': { on: PULL, to: ['docker.io'] },
  'targets[].dockerConfig.registries[].username': { on: PULL, to: ['robot'] },
  'targets[].dockerConfig.registries[].password': { on: PULL, to: ['${NOTHING}'] },
  ...selector('targets[].namespaces', APP),
  'targets[].deletionPolicy': { on: APP, to: ['Retain'] },
  suspend: { on: APP, to: [true] },
};

const claimChanges: Changes = {
  'scopeRef.namespace': { on: LIVE, refused: LAB },
  'scopeRef.name': { on: LIVE, refused: 'other' },
  'include[]': { on: LIVE, to: ['TOKEN', 'NOTHING'] },
  keys: { on: LIVE, to: [{ OWN: 'other' }] },
  onMissing: { on: LIVE, to: ['Empty'] },
  secretName: { on: LIVE, refused: 'other' },
  mode: { on: LIVE, refused: 'Snapshot' },
  ttl: { on: LIVE, to: ['1h'] },
};

const automationChanges: Changes = {
  'scopeRef.name': { on: HOOKED, refused: 'other' },
  'events[]': { on: HOOKED, to: ['SyncFailed'] },
  'filter[].variable': { on: HOOKED, to: ['reason'] },
  'filter[].values[]': { on: HOOKED, to: ['nothing'] },
  url: { on: HOOKED, to: ['https://hooks.example.com/'] },
  'headers[].name': { on: HOOKED, to: ['X-Other'] },
  'headers[].value': { on: HOOKED, to: ['${NOTHING}'] },
  payload: { on: HOOKED, to: [{ text: '${' }] },
  'secrets[]': { on: HOOKED, to: ['NOTHING'] },
  'accessToken.secret': { on: HOOKED, to: ['NOTHING'] },
  'signature.secret': { on: HOOKED, to: ['NOTHING'] },
  'signature.header': { on: HOOKED, to: ['X-Other'] },
  'signature.encoding': { on: HOOKED, to: ['Base64'] },
  'signature.prefix': { on: HOOKED, to: ['hmac='] },
  retryFor: { on: HOOKED, to: ['1h'] },
};

const backendChanges: Changes = {
  'kubernetes.namespace': { on: SHARED, to: [LAB] },
  'kubernetes.auth.serviceAccountRef.name': { on: SHARED, to: ['nobody'], stays: true },
  ...selector('grants[].namespaces', SHARED),
  'grants[].keys[].prefix': { on: SHARED, to: ['lost.'], stays: true },
  'grants[].operations[]': { on: SHARED, to: ['Write'] },
  refreshInterval: { on: SHARED, to: ['1h'] },
};

export const SCOPE_WORLD: TransitionWorld = {
  name: 'scopes',
  gates: true,
  objects,
  changes: {
    secretscopes: scopeChanges,
    secretclaims: claimChanges,
    webhookautomations: automationChanges,
    clustersecretbackends: backendChanges,
    secretbackends: {
      'kubernetes.auth.serviceAccountRef.name': { on: 'SecretBackend/second', to: ['nobody'], stays: true },
    },
  },
};
