/** For tests: `secretscope secret` against a scripted API server that opens every box it is sent. */
import { createSecretKey } from 'node:crypto';
import { json, type Received, statusBody } from '../kube/testing/scripted-server.ts';
import { API_VERSION } from '../model/kinds/common.ts';
import { decodeEnvelope } from '../seal/envelope.ts';
import { publicKeyMap, publishedKey } from '../seal/public-keys.ts';
import { scopeKeyPair } from '../seal/scope-keys.ts';
import { open } from '../seal/sealed-box.ts';
import { type AddVerb, FewObjects, type Ran, run } from './cli-fixture.ts';
import type { SecretSurroundings } from './secret-tools.ts';
import { addSecret } from './secret-verb.ts';

export const NOW = Date.parse('2026-11-22T10:00:00Z');
const SCOPES_PATH = `/apis/${API_VERSION}/namespaces`;
const PAIR_KEY = { master: createSecretKey(Buffer.alloc(32, 7)), epoch: 1 };

export interface Sent {
  readonly name: string;
  readonly action: string;
  readonly text: string;
  readonly scopeUID: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

type State = 'Waiting' | 'Stored' | 'Deleted' | 'SoftDeleted' | 'InUse' | 'Refused';
export interface Answer {
  readonly state?: State;
  readonly reason?: string;
  readonly message?: string;
  readonly usedBy?: readonly string[];
}

interface StoredObject {
  readonly metadata: { readonly uid: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

/** A person at a terminal, or a pipe. */
export class TestPerson {
  isTerminal = false;
  canAsk = false;
  typed = '';
  line = '';
  stdin = '';
  files: Record<string, string | Buffer> = {};
  readonly questions: string[] = [];
  /** As Ctrl-C would, while something is waited for. */
  leave: () => void = () => undefined;

  surroundings(): SecretSurroundings {
    let made = 0;
    return {
      isTerminal: this.isTerminal,
      input: {
        canAsk: this.canAsk,
        ask: async (question) => {
          this.questions.push(question);
          return Buffer.from(this.typed);
        },
        readStdin: async () => Buffer.from(this.stdin),
        readFile: async (path) => {
          const text = this.files[path];
          if (text === undefined) throw Object.assign(new Error('no'), { code: 'ENOENT' });
          return Buffer.from(text);
        },
      },
      pace: { leastMs: 2, mostMs: 5 },
      now: () => NOW,
      random: () => `t${made++}`,
      askLine: async (question) => {
        this.questions.push(question);
        return this.line;
      },
      onLeave: (leave) => {
        this.leave = leave;
        return () => undefined;
      },
    };
  }
}

export class SecretCluster implements AsyncDisposable {
  readonly few: FewObjects;
  readonly person = new TestPerson();
  readonly sent: Sent[] = [];
  readonly dryRuns: string[] = [];
  readonly deleted: string[] = [];
  readonly patches: Received[] = [];
  /** Of verbs that are refused, as `POST sealedvalues`. */
  readonly forbidden = new Set<string>();
  /** What an admission webhook says against every SealedValue. */
  refusal: string | undefined;
  /** What somebody else does before the first patch. */
  meanwhile: (() => void) | undefined;
  /** What becomes of each name; without one, what was asked for. */
  answers: Record<string, Answer> = {};

  private constructor(few: FewObjects) {
    this.few = few;
    few.server.handle(async (received, response) => {
      const { code, body } = await this.#answer(received);
      json(response, code, body);
    });
  }

  static async start(): Promise<SecretCluster> {
    const cluster = new SecretCluster(await FewObjects.start());
    cluster.namespace('team', {});
    cluster.put('secretbackends', 'team', 'local', 'SecretBackend', {
      kubernetes: { auth: { serviceAccountRef: { name: 'reader' } } },
    });
    return cluster;
  }

  namespace(name: string, labels: Record<string, string>): void {
    this.few.objects.set(`/api/v1/namespaces/${name}`, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name,
        uid: `uid-${name}`,
        resourceVersion: '1',
        labels: { 'kubernetes.io/metadata.name': name, ...labels },
      },
    });
  }

  /** A scope with its public key. */
  scope(place: string, spec: object, metadata: object = {}, status: object = {}): void {
    const [namespace = '', name = ''] = place.split('/');
    const uid = this.put('secretscopes', namespace, name, 'SecretScope', spec, metadata, status);
    this.publish(uid, publishedKey(scopeKeyPair(PAIR_KEY, uid)));
  }

  publish(uid: string, text: string): void {
    const path = `/api/v1/namespaces/secretscope-system/configmaps/${publicKeyMap(uid)}`;
    const there = this.few.objects.get(path) as { data?: object } | undefined;
    this.few.objects.set(path, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: publicKeyMap(uid), namespace: 'secretscope-system', uid: 'm', resourceVersion: '1' },
      data: { ...there?.data, [uid]: text },
    });
  }

  put(
    plural: string,
    namespace: string,
    name: string,
    kind: string,
    spec: object,
    metadata: object = {},
    status: object = {},
  ): string {
    const uid = `a-${namespace}-${name}`;
    const path =
      namespace === ''
        ? `/apis/${API_VERSION}/${plural}/${name}`
        : `${SCOPES_PATH}/${namespace}/${plural}/${name}`;
    this.few.objects.set(path, {
      apiVersion: API_VERSION,
      kind,
      metadata: {
        ...(namespace !== '' && { namespace }),
        name,
        uid,
        resourceVersion: '1',
        generation: 1,
        creationTimestamp: '2026-11-01T00:00:00Z',
        ...metadata,
      },
      spec,
      status,
    });
    return uid;
  }

  /** The spec.secrets that are stored now. */
  entries(place: string): unknown {
    const [namespace, name] = place.split('/');
    const found = this.few.objects.get(`${SCOPES_PATH}/${namespace}/secretscopes/${name}`);
    return (found as { spec: { secrets?: unknown } }).spec.secrets;
  }

  run(...args: string[]): Promise<Ran> {
    const verb: AddVerb = (program, terminal) =>
      addSecret(program, '0', terminal, this.person.surroundings());
    return run(verb, 'secret', ...args, '--kubeconfig', this.few.kubeconfig);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.few[Symbol.asyncDispose]();
  }

  async #answer(received: Received): Promise<{ code: number; body: object }> {
    const { method, path } = received;
    const plural =
      /\/(secretscopes|sealedvalues|secretbackends|configmaps|namespaces)(?:\/[^/]*)?$/.exec(path)?.[1] ?? '';
    const denial = `${method} ${plural}`;
    if (this.forbidden.has(denial) || this.forbidden.has(`${method} ${path}`))
      return { code: 403, body: statusBody(403, 'Forbidden', `forbidden: User "ana" cannot ${method}`) };
    if (this.refusal !== undefined && denial === 'POST sealedvalues')
      return { code: 403, body: statusBody(403, 'Forbidden', this.refusal) };
    if (path.endsWith('/selfsubjectreviews'))
      return { code: 201, body: { status: { userInfo: { username: 'ana' } } } };
    if (method === 'POST') return this.#create(received);
    if (method === 'PATCH') return this.#patch(received);
    const found = this.few.objects.get(path) as StoredObject | undefined;
    if (method === 'DELETE') {
      this.deleted.push(path.split('/').at(-1) ?? '');
      this.few.objects.delete(path);
      return { code: 200, body: {} };
    }
    if (path.endsWith('/secretscopes') || path.endsWith('/sealedvalues')) return this.#list(path, plural);
    return found ? { code: 200, body: found } : { code: 404, body: statusBody(404, 'NotFound') };
  }

  #list(path: string, plural: string): { code: number; body: object } {
    const items = [...this.few.objects]
      .filter(
        ([one]) =>
          one.includes(`/${plural}/`) && (path.includes('/namespaces/') ? one.startsWith(`${path}/`) : true),
      )
      .map(([, object]) => object);
    return { code: 200, body: { kind: 'List', metadata: { resourceVersion: '9' }, items } };
  }

  async #create(received: Received): Promise<{ code: number; body: object }> {
    const { metadata, spec } = received.body as { metadata: { name: string }; spec: Record<string, unknown> };
    const name = String(spec['name']);
    const path = `${received.path}/${metadata.name}`;
    if (received.query.get('dryRun') === 'All') {
      this.dryRuns.push(name);
      return {
        code: 201,
        body: { ...(received.body as object), metadata: { ...metadata, uid: 'x', resourceVersion: '1' } },
      };
    }
    this.sent.push(await this.#opened(received.path, spec));
    const action = String(spec['action'] ?? 'Set');
    const answer = {
      state: action === 'Delete' ? 'Deleted' : 'Stored',
      reason: 'Done',
      message: 'done',
      ...this.answers[name],
    };
    const ready = { type: 'Ready', status: 'False', reason: answer.reason, message: answer.message };
    const status = { observedGeneration: 1, state: answer.state, usedBy: answer.usedBy, conditions: [ready] };
    const stored = {
      apiVersion: API_VERSION,
      kind: 'SealedValue',
      metadata: { ...metadata, uid: 'x', resourceVersion: '1', generation: 1 },
      spec,
    };
    this.few.objects.set(path, { ...stored, status });
    return { code: 201, body: stored };
  }

  async #opened(path: string, spec: Record<string, unknown>): Promise<Sent> {
    const name = String(spec['name']);
    const action = String(spec['action'] ?? 'Set');
    if (action === 'Delete') return { name, action, text: '', scopeUID: '', spec };
    const namespace = path.split('/').at(-2);
    const { name: scopeName } = spec['scopeRef'] as { name: string };
    return { ...(await openFor(`a-${namespace}-${scopeName}`, String(spec['sealed']))), action, spec };
  }

  #patch(received: Received): { code: number; body: object } {
    this.patches.push(received);
    this.meanwhile?.();
    this.meanwhile = undefined;
    const there = this.few.objects.get(received.path) as StoredObject;
    const { metadata, spec } = received.body as { metadata: { resourceVersion: string }; spec: object };
    if (there.metadata['resourceVersion'] !== metadata.resourceVersion)
      return { code: 409, body: statusBody(409, 'Conflict') };
    const changed = {
      ...there,
      metadata: { ...there.metadata, resourceVersion: String(Number(metadata.resourceVersion) + 1) },
      spec: { ...(there['spec'] as object), ...spec },
    };
    if (received.query.get('dryRun') !== 'All') this.few.objects.set(received.path, changed);
    return { code: 200, body: changed };
  }
}

/** What the operator would read in a box for that scope. */
export async function openFor(
  uid: string,
  box: string,
): Promise<{ name: string; text: string; scopeUID: string }> {
  const plain = await open(Buffer.from(box, 'base64'), scopeKeyPair(PAIR_KEY, uid));
  const envelope = plain && decodeEnvelope(plain);
  if (!envelope) throw new Error('the box cannot be opened');
  const { name, scopeUID } = envelope;
  const { value } = JSON.parse(plain.toString()) as { value: string };
  return { name, scopeUID, text: Buffer.from(value, 'base64').toString() };
}

export const REPOSITORY = { level: 'Repository', backendRef: { kind: 'SecretBackend', name: 'local' } };
export const ORGANIZATION = { level: 'Organization', backendRef: { kind: 'SecretBackend', name: 'local' } };
