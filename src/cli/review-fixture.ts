/** For tests: requests, votes and a guarded scope on a scripted API server that knows who calls. */
import { json, type Received, statusBody } from '../kube/testing/scripted-server.ts';
import { API_VERSION } from '../model/kinds/common.ts';
import type { ReviewSpec } from '../model/kinds/request-review.ts';
import type { RequestSpec, RequestStatus } from '../model/kinds/secret-request.ts';
import { subjectOf } from '../model/request-subject.ts';
import { type AddVerb, FewObjects, type Ran, run } from './cli-fixture.ts';
import { addReview } from './review-verb.ts';

export const NOW = Date.parse('2026-11-22T10:03:00Z');
const ASKED_AT = '2026-11-22T10:00:00Z';
const scopeRef = { name: 'web-production', uid: 'scope-uid' };
export const requestRef = { name: 'web-production-web-3', uid: 'request-uid' };

export const secretLine: RequestSpec['secrets'][number] = {
  name: 'DATABASE_URL',
  change: 'Changed',
  level: 'Environment',
  scope: { namespace: 'team', ...scopeRef },
  backend: {
    kind: 'ClusterSecretBackend',
    name: 'production',
    uid: 'backend-uid',
    provider: 'aws',
    identity: '{"region":"eu-west-1"}',
  },
  key: 'acme/web/prod/db',
  property: 'url',
  version: '3f1c',
};

/** Its subject is the right one unless `change` says another. */
export function requestSpec(change: Partial<RequestSpec> = {}): RequestSpec {
  const plan = {
    scopeRef,
    consumer: { kind: 'Target' as const, namespace: 'team', name: 'web' },
    pin: 'Access' as const,
    secret: { name: 'web', type: 'Opaque' as const },
    secrets: [secretLine],
    keys: [
      { key: 'DATABASE_URL', change: 'Unchanged' as const, content: 'Value' as const, name: 'DATABASE_URL' },
    ],
    namespaces: [{ name: 'team', change: 'Unchanged' as const }],
    replaces: { name: 'web-production-web-2', uid: 'before-uid' },
    authors: ['ben@acme.dev'],
    authorsComplete: true,
    ...change,
  };
  return { subject: subjectOf(plan).digest, ...plan };
}

const stored = (kind: string, name: string, uid: string, spec: object, status?: object) => ({
  apiVersion: API_VERSION,
  kind,
  metadata: {
    name,
    namespace: 'team',
    uid,
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: ASKED_AT,
  },
  spec,
  ...(status && { status }),
});

export function aRequest(change: Partial<RequestSpec> = {}, status: Partial<RequestStatus> = WAITING) {
  return stored('SecretRequest', requestRef.name, requestRef.uid, requestSpec(change), status);
}
const WAITING = { state: 'Waiting', approvals: '0/1', expires: '2026-12-22T10:00:00Z' } as const;

export const counted = (status: 'True' | 'False' | 'Unknown', reason: string, message: string) => ({
  conditions: [{ type: 'Counted', status, reason, message, lastTransitionTime: ASKED_AT }],
});

export function aVote(name: string, change: Partial<ReviewSpec> = {}, status?: object) {
  const spec: ReviewSpec = {
    scopeRef,
    requestRef,
    subject: requestSpec().subject,
    decision: 'Approve',
    as: { kind: 'User', name: 'ana@acme.dev' },
    reviewer: { username: 'ana@acme.dev' },
    ...change,
  };
  return stored('RequestReview', name, `uid-${name}`, spec, status);
}

const GROUP = '/apis/secretscope.dev/v1alpha1';
const PLACE = `${GROUP}/namespaces/team`;
export const PATHS = {
  requests: `${PLACE}/secretrequests`,
  request: `${PLACE}/secretrequests/${requestRef.name}`,
  replaced: `${PLACE}/secretrequests/web-production-web-2`,
  votes: `${PLACE}/requestreviews`,
  scope: `${PLACE}/secretscopes/${scopeRef.name}`,
  allRequests: `${GROUP}/secretrequests`,
  allVotes: `${GROUP}/requestreviews`,
  self: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
};

export const listOf = (...items: object[]) => ({ items, metadata: { resourceVersion: '1' } });

export interface Refused {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

/** A person, the request that waits for them, and what is said of their vote. */
export class ReviewCluster implements AsyncDisposable {
  readonly few: FewObjects;
  caller: { username: string; uid?: string; groups: string[] } | undefined = {
    username: 'ana@acme.dev',
    groups: ['web-leads', 'system:authenticated'],
  };
  /** The status of a vote, in the order in which it is looked at; the last one stays. */
  worth: (object | undefined)[] = [counted('True', 'VoteCounted', 'the vote counts')];
  refusals: Refused[] = [];
  readonly votes: Received[] = [];
  /** Whether lists can be narrowed by fields of our kinds. */
  selects = true;
  agrees = true;
  canAsk = true;
  readonly questions: string[] = [];

  private constructor(few: FewObjects) {
    this.few = few;
    few.server.handle((received, response) => {
      const { code, body } = this.#answer(received);
      json(response, code, body);
    });
    few.objects.set(PATHS.request, aRequest());
    few.objects.set(PATHS.requests, listOf(aRequest()));
    few.objects.set(PATHS.votes, listOf());
    this.guard({ requiredReviewers: [{ kind: 'User', name: 'ana@acme.dev' }] });
  }

  static async start(): Promise<ReviewCluster> {
    return new ReviewCluster(await FewObjects.start());
  }

  guard(protection: object, uid = scopeRef.uid): void {
    const spec = { level: 'Environment', parentRef: { name: 'web' }, protection };
    this.few.objects.set(PATHS.scope, stored('SecretScope', scopeRef.name, uid, spec));
  }

  review(...args: string[]): Promise<Ran> {
    const prompt = {
      canAsk: this.canAsk,
      agrees: async (question: string) => {
        this.questions.push(question);
        return this.agrees;
      },
    };
    const surroundings = { prompt, pace: { forMs: 60, everyMs: 10 }, now: () => NOW };
    const verb: AddVerb = (program, terminal) => addReview(program, '0', terminal, surroundings);
    return run(verb, 'review', ...args, '--kubeconfig', this.few.kubeconfig);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.few[Symbol.asyncDispose]();
  }

  #answer(received: Received): { code: number; body: object } {
    const { method, path } = received;
    if (method === 'POST' && path === PATHS.self)
      return this.caller ? { code: 201, body: { status: { userInfo: this.caller } } } : FORBIDDEN;
    if (method === 'POST') return this.#store(received);
    if (received.query.has('fieldSelector') && !this.selects) return UNSELECTABLE;
    const object = this.few.objects.get(path);
    if (object === 'forbidden') return FORBIDDEN;
    if (object && 'spec' in object && path.startsWith(`${PATHS.votes}/`)) {
      const status = this.worth.length > 1 ? this.worth.shift() : this.worth[0];
      return { code: 200, body: { ...object, ...(status && { status }) } };
    }
    return object ? { code: 200, body: object } : NOT_FOUND;
  }

  #store(received: Received): { code: number; body: object } {
    const refused = this.refusals.shift();
    this.votes.push(received);
    if (refused)
      return { code: refused.code, body: statusBody(refused.code, refused.reason, refused.message) };
    const { metadata, ...rest } = received.body as { metadata: { name: string } };
    const vote = { ...rest, metadata: { ...metadata, uid: 'vote-uid', resourceVersion: '1' } };
    const path = `${PATHS.votes}/${metadata.name}`;
    if (!this.few.objects.has(path)) this.few.objects.set(path, vote);
    return { code: 201, body: vote };
  }
}

const FORBIDDEN = { code: 403, body: statusBody(403, 'Forbidden', 'no\u001b[31m right') };
const NOT_FOUND = { code: 404, body: statusBody(404, 'NotFound', 'not found') };
const UNSELECTABLE = { code: 400, body: statusBody(400, 'BadRequest', 'field label not supported') };
