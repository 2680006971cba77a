/** For tests: `secretscope automation` against a scripted API server, and an operator that answers annotations. */
import { json, type Received, statusBody } from '../kube/testing/scripted-server.ts';
import { addAutomation } from './automation-verb.ts';
import { type AddVerb, FewObjects, type Ran, run } from './cli-fixture.ts';

const GROUP = '/apis/secretscope.dev/v1alpha1';
export const PATH = `${GROUP}/namespaces/team/webhookautomations`;
export const NOW = Date.parse('2026-11-22T10:03:00Z');

export const SPEC = {
  scopeRef: { name: 'web' },
  events: ['Rotated', 'SyncFailed'],
  url: 'https://hooks.acme.dev/deploys/s3cr3t-path',
  payload: { text: '${event_type} of ${secret_name}', token: '${HOOK_TOKEN}' },
  secrets: ['HOOK_TOKEN'],
  accessToken: { secret: 'HOOK_TOKEN' },
};
const LISTENING = {
  observedGeneration: 1,
  conditions: [
    {
      type: 'Ready',
      status: 'True',
      reason: 'Listening',
      message: 'all is delivered',
      lastTransitionTime: '',
    },
  ],
};

interface Stored {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>> & {
    readonly uid: string;
    readonly resourceVersion: string;
  };
  readonly spec: object;
  readonly status?: object;
}
type Annotations = Readonly<Record<string, string>>;

export function anAutomation(
  name: string,
  spec: object = SPEC,
  status: object = LISTENING,
  metadata: object = {},
): Stored {
  return {
    apiVersion: 'secretscope.dev/v1alpha1',
    kind: 'WebhookAutomation',
    metadata: {
      name,
      namespace: 'team',
      uid: `uid-${name}`,
      resourceVersion: '1',
      generation: 1,
      ...metadata,
    },
    spec,
    status,
  };
}

export const aDelivery = (id: string, change: object = {}) => ({
  id,
  event: 'Rotated',
  at: '2026-11-22T09:00:00Z',
  variables: {},
  attempts: 9,
  last: { outcome: 'Answered', code: 503, at: '2026-11-22T10:00:00Z' },
  ...change,
});

/** What the operator makes of an annotation: its part of the status, or `undefined` while it has not looked. */
export type Operator = (annotations: Annotations, status: object) => object | undefined;

export class AutomationCluster implements AsyncDisposable {
  readonly few: FewObjects;
  operator: Operator = () => undefined;
  /** Of verbs that are refused, as `PATCH`, with what the API server says. */
  readonly refused = new Map<string, { code: number; reason: string; message: string }>();
  /** Before each call; a test changes the world here. */
  meanwhile: (received: Received, count: number) => void = () => undefined;
  /** Every annotation that was written, in order; `null`: it was taken off. */
  readonly written: Readonly<Record<string, string | null>>[] = [];
  readonly deleted: unknown[] = [];
  canAsk = false;
  patienceMs = 60_000;
  line = '';
  stdin = '';
  files: Readonly<Record<string, string>> = {};
  readonly questions: string[] = [];
  leave: () => void = () => undefined;
  #calls = 0;
  #made = 0;

  private constructor(few: FewObjects) {
    this.few = few;
    few.server.handle((received, response) => {
      this.#calls += 1;
      this.meanwhile(received, this.#calls);
      const { code, body } = this.#answer(received);
      json(response, code, body);
    });
  }

  static async start(): Promise<AutomationCluster> {
    const cluster = new AutomationCluster(await FewObjects.start());
    cluster.put(anAutomation('deploys'));
    return cluster;
  }

  put(automation: Stored): void {
    this.few.objects.set(`${PATH}/${String(automation.metadata['name'])}`, automation);
  }

  get(name = 'deploys'): Stored | undefined {
    return this.few.objects.get(`${PATH}/${name}`) as Stored | undefined;
  }

  remove(name = 'deploys'): void {
    this.few.objects.delete(`${PATH}/${name}`);
  }

  /** What is on it now. */
  annotations(name = 'deploys'): Annotations {
    return (this.get(name)?.metadata['annotations'] as Annotations | undefined) ?? {};
  }

  /** As somebody else would. */
  annotate(change: Readonly<Record<string, string | null>>, name = 'deploys'): void {
    const found = this.get(name);
    if (found) this.#store(found, change);
  }

  run(...args: string[]): Promise<Ran> {
    const ask = async (question: string) => {
      this.questions.push(question);
      return this.line;
    };
    const surroundings = {
      input: {
        canAsk: this.canAsk,
        ask: async () => Buffer.alloc(0),
        readStdin: async () => Buffer.from(this.stdin),
        readFile: async (path: string) => {
          const text = this.files[path];
          if (text === undefined) throw Object.assign(new Error('no'), { code: 'ENOENT' });
          return Buffer.from(text);
        },
      },
      pace: { leastMs: 2, mostMs: 5 },
      patienceMs: this.patienceMs,
      now: () => NOW,
      askLine: ask,
      onLeave: (leave: () => void) => {
        this.leave = leave;
        return () => undefined;
      },
      random: () => `r${this.#made++}`,
    };
    const verb: AddVerb = (program, terminal) => addAutomation(program, '0.1.0', terminal, surroundings);
    return run(verb, 'automation', ...args, '--kubeconfig', this.few.kubeconfig);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.few[Symbol.asyncDispose]();
  }

  #answer(received: Received): { code: number; body: object } {
    const { method, path } = received;
    const refusal = this.refused.get(method);
    if (refusal)
      return { code: refusal.code, body: statusBody(refusal.code, refusal.reason, refusal.message) };
    if (method === 'GET' && path.endsWith('/webhookautomations'))
      return { code: 200, body: this.#list(path) };
    if (method === 'POST') return { code: 201, body: { status: { userInfo: { username: 'ana' } } } };
    const found = this.few.objects.get(path) as Stored | undefined;
    if (!found) return { code: 404, body: statusBody(404, 'NotFound', 'not found') };
    if (method === 'DELETE') return this.#delete(received);
    return method === 'PATCH' ? this.#patch(found, received) : { code: 200, body: found };
  }

  #list(path: string): object {
    const items = [...this.few.objects]
      .filter(([at]) => at.startsWith(PATH))
      .map(([, object]) => object as Stored)
      .filter(
        ({ metadata }) =>
          path === `${GROUP}/webhookautomations` || path.includes(`/${String(metadata['namespace'])}/`),
      );
    return { items, metadata: { resourceVersion: '1' } };
  }

  #delete({ path, body }: Received): { code: number; body: object } {
    this.deleted.push(body);
    this.few.objects.delete(path);
    return { code: 200, body: statusBody(200, 'Success') };
  }

  #patch(found: Stored, { body }: Received): { code: number; body: object } {
    const { uid, resourceVersion, annotations } = (body as Patch).metadata;
    const isOther = uid !== undefined && uid !== found.metadata.uid;
    if (isOther || (resourceVersion !== undefined && resourceVersion !== found.metadata.resourceVersion))
      return { code: 409, body: statusBody(409, 'Conflict', 'it has changed') };
    this.written.push(annotations);
    // the operator looks after the answer, as it does
    return { code: 200, body: this.#store(found, annotations) };
  }

  #store(found: Stored, change: Readonly<Record<string, string | null>>): Stored {
    const before = (found.metadata['annotations'] as Annotations | undefined) ?? {};
    const entries = Object.entries({ ...before, ...change });
    const annotations = Object.fromEntries(
      entries.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const])),
    );
    const resourceVersion = String(Number(found.metadata.resourceVersion) + 1);
    const stored = { ...found, metadata: { ...found.metadata, annotations, resourceVersion } };
    const answered = this.operator(annotations, stored.status ?? {});
    this.put(answered ? { ...stored, status: { ...stored.status, ...answered } } : stored);
    return stored;
  }
}

interface Patch {
  readonly metadata: {
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly annotations: Readonly<Record<string, string | null>>;
  };
}
