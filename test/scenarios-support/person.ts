/**
 * Owns: calls to a test cluster as one person or service account, with the whole answer.
 * Used by: tests of policies and kinds. The product's own client hides what a server says about Secrets and
 * tokens, and here exactly those words are to be read.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { parse } from 'yaml';

export interface Thing {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** An object, or the collection it would be in. */
interface Place {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name?: string; readonly namespace?: string };
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** Status.message of a refusal */
  readonly message: string;
  readonly warnings: readonly string[];
}

export interface ApplyChoice {
  readonly dryRun?: boolean;
  readonly manager?: string;
  readonly force?: boolean;
  readonly subresource?: string;
}

const CLUSTER_WIDE = new Set([
  'Namespace',
  'ClusterRole',
  'ClusterRoleBinding',
  'ClusterSecretBackend',
  'CustomResourceDefinition',
]);

/** `/api/v1/namespaces/x/secrets/y`; the plural of every kind used here is regular. */
export function pathOf(thing: Place): string {
  const { apiVersion, kind, metadata } = thing;
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const place = CLUSTER_WIDE.has(kind) ? '' : `/namespaces/${metadata.namespace ?? 'default'}`;
  const name = metadata.name === undefined ? '' : `/${metadata.name}`;
  return `${root}${place}/${kind.toLowerCase()}s${name}`;
}

type CallArguments = [
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  type?: string,
  accept?: string,
];

// 15 s: a policy that changes objects of a kind needs that kind's schema, which a server learns after it has started
const MAX_REPEATS = 150;
const REPEAT_MS = 100;
const NOT_READY = [429, 503];

export class Person {
  readonly #origin: string;
  readonly #token: string | undefined;
  readonly #agent: Agent;

  constructor(origin: string, token: string | undefined, agent: Agent) {
    this.#origin = origin;
    this.#token = token;
    this.#agent = agent;
  }

  /** Repeats what the server is not ready for: it answers 429 or 503 while it starts to serve a kind. */
  async call(...request: CallArguments): Promise<Answer> {
    for (let attempt = 0; ; attempt++) {
      const answered = await this.#once(...request);
      if (!NOT_READY.includes(answered.status) || attempt === MAX_REPEATS) return answered;
      await sleep(REPEAT_MS);
    }
  }

  async #once(...[method, path, body, type = 'json', accept = 'json']: CallArguments): Promise<Answer> {
    const response = await request(this.#origin + path, {
      method,
      dispatcher: this.#agent,
      headers: {
        accept: `application/${accept}`,
        ...(body !== undefined && { 'content-type': `application/${type}` }),
        ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await response.body.text();
    return answer(response.statusCode, text, response.headers['warning']);
  }

  get(thing: Thing): Promise<Answer> {
    return this.call('GET', pathOf(thing));
  }

  create(thing: Thing): Promise<Answer> {
    const { apiVersion, kind, metadata } = thing;
    const { namespace = 'default' } = metadata;
    return this.call('POST', pathOf({ apiVersion, kind, metadata: { namespace } }), thing);
  }

  /** Server-side apply, by `manager`. */
  apply(thing: Thing, choice: ApplyChoice = {}): Promise<Answer> {
    const { dryRun = false, manager = 'person', force = false, subresource } = choice;
    const query = `fieldManager=${manager}&force=${force}${dryRun ? '&dryRun=All' : ''}`;
    const path = `${pathOf(thing)}${subresource === undefined ? '' : `/${subresource}`}`;
    return this.call('PATCH', `${path}?${query}`, thing, 'apply-patch+yaml');
  }

  merge(thing: Thing, patch: object, subresource = ''): Promise<Answer> {
    return this.call('PATCH', `${pathOf(thing)}${subresource}`, patch, 'merge-patch+json');
  }

  remove(thing: Thing, options?: object): Promise<Answer> {
    return this.call('DELETE', pathOf(thing), options);
  }

  close(): Promise<void> {
    return this.#agent.close();
  }
}

function answer(status: number, text: string, warning: string | string[] | undefined): Answer {
  const body: unknown = JSON.parse(text);
  const message = status < 400 ? '' : String((body as { message?: unknown }).message);
  return { status, body, message, warnings: warning === undefined ? [] : [warning].flat() };
}

/** Who the kubeconfig speaks for, and nobody else. */
export async function personOf(kubeconfig: string): Promise<Person> {
  const config = parse(await readFile(kubeconfig, 'utf8'));
  const [{ cluster }] = config.clusters;
  const [{ user }] = config.users;
  const pem = (text: string | undefined) =>
    text === undefined ? undefined : Buffer.from(text, 'base64').toString();
  const connect = {
    ca: pem(cluster['certificate-authority-data']),
    cert: pem(user['client-certificate-data']),
    key: pem(user['client-key-data']),
  };
  return new Person(cluster.server, user.token, new Agent({ connect, allowH2: false }));
}
