/** For tests: `secretscope claim` against a scripted API server that tells, look by look, what becomes of a claim. */
import { json, type Received, statusBody } from '../kube/testing/scripted-server.ts';
import type { ClaimState } from '../model/kinds/secret-claim.ts';
import type { Reason } from '../model/reasons.ts';
import { addClaim } from './claim-verb.ts';
import { type AddVerb, FewObjects, type Ran, run } from './cli-fixture.ts';

export const CLAIMS_PATH = '/apis/secretscope.dev/v1alpha1/namespaces/team/secretclaims';
export const REQUEST = { namespace: 'team-web-prod', name: 'web-production-deploy-42-1' };
const REVIEW = 'team-web-prod/web-production-deploy-42-1';
export const APPROVAL = `waiting for approval of SecretRequest ${REVIEW}: secretscope review show ${REVIEW}`;

/** What the order of `deploy` below asks for. */
export const SPEC = {
  scopeRef: { namespace: 'team-web-prod', name: 'web-production' },
  include: ['DATABASE_URL', 'SENTRY_DSN'],
  secretName: 'deploy-42',
  mode: 'Snapshot',
};
const ORDER = [
  'team-web-prod/web-production',
  '--include',
  'DATABASE_URL,sentry_dsn',
  '--secret',
  'deploy-42',
];

interface Stood {
  readonly request?: object;
  readonly message?: string;
  readonly stalled?: boolean;
  readonly observedGeneration?: number;
  readonly ready?: 'True' | 'False';
  /** What waits beside what is delivered. */
  readonly pending?: Reason;
}

/** A status as the operator writes it. */
export function stands(state: ClaimState, reason: Reason, more: Stood = {}): object {
  const { message = `about ${reason}`, stalled = false, request, observedGeneration = 1 } = more;
  const { ready: status = state === 'Delivered' ? 'True' : 'False' } = more;
  const said = { reason, message, lastTransitionTime: '2026-11-22T10:00:00Z' };
  const ready = { type: 'Ready', status, ...said };
  return {
    observedGeneration,
    state,
    ...(request && { request }),
    conditions: [
      ready,
      ...(stalled ? [{ type: 'Stalled', status: 'True', ...said }] : []),
      ...(more.pending ? [{ ...said, type: 'ChangesPending', status: 'True', reason: more.pending }] : []),
    ],
  };
}

export const DELIVERED = stands('Delivered', 'Materialized');
const UNSEEN = { observedGeneration: -1 };
/** Instead of a status: that look fails with this code. */
type Seen = object | number;

export class ClaimCluster implements AsyncDisposable {
  readonly few: FewObjects;
  /** What each look at the claim sees; the last one stays. */
  looks: Seen[] = [DELIVERED];
  /** What is said to the next attempts to make a claim. */
  refusals: { code: number; reason: string; message: string }[] = [];
  readonly made: Received[] = [];
  /** Somebody who leaves after so many looks. */
  leavesAfter = Number.POSITIVE_INFINITY;
  #leave: () => void = () => undefined;
  #looked = 0;

  private constructor(few: FewObjects) {
    this.few = few;
    few.server.handle((received, response) => {
      const { code, body } = received.method === 'POST' ? this.#store(received) : this.#look(received);
      json(response, code, body);
    });
  }

  static async start(): Promise<ClaimCluster> {
    return new ClaimCluster(await FewObjects.start());
  }

  /** A claim that is there before. */
  there(spec: object, metadata: object = {}, beside: object = {}): void {
    this.few.objects.set(`${CLAIMS_PATH}/deploy-42`, {
      ...stored({ name: 'deploy-42', ...metadata }, spec),
      ...beside,
    });
  }

  deploy(...args: string[]): Promise<Ran> {
    return this.claim(...ORDER, ...args);
  }

  claim(...args: string[]): Promise<Ran> {
    const surroundings = {
      pace: { leastMs: 5, mostMs: 5, silentMs: 200, settleMs: 60 },
      onLeave: (leave: () => void) => {
        this.#leave = leave;
        return () => undefined;
      },
    };
    const verb: AddVerb = (program, terminal) => addClaim(program, '0', terminal, surroundings);
    return run(verb, 'claim', ...args, '--kubeconfig', this.few.kubeconfig);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.few[Symbol.asyncDispose]();
  }

  #store(received: Received): { code: number; body: object } {
    this.made.push(received);
    const refused = this.refusals.shift();
    if (refused)
      return { code: refused.code, body: statusBody(refused.code, refused.reason, refused.message) };
    const { metadata, spec } = received.body as { metadata: { name: string }; spec: object };
    const path = `${CLAIMS_PATH}/${metadata.name}`;
    if (this.few.objects.has(path)) return { code: 409, body: statusBody(409, 'AlreadyExists') };
    const claim = stored(metadata, spec);
    this.few.objects.set(path, claim);
    return { code: 201, body: { ...claim, status: UNSEEN } };
  }

  #look({ path }: Received): { code: number; body: object } {
    this.#looked += 1;
    if (this.#looked >= this.leavesAfter) this.#leave();
    const found = this.few.objects.get(path);
    const seen = this.looks.length > 1 ? this.looks.shift() : this.looks[0];
    if (typeof seen === 'number')
      return { code: seen, body: statusBody(seen, 'Refused', 'no\u001b[31m answer') };
    if (typeof found !== 'object') return { code: 404, body: statusBody(404, 'NotFound') };
    return { code: 200, body: { ...found, status: seen } };
  }
}

function stored(metadata: object, spec: object): object {
  return {
    apiVersion: 'secretscope.dev/v1alpha1',
    kind: 'SecretClaim',
    metadata: { namespace: 'team', uid: 'claim-uid', resourceVersion: '1', generation: 1, ...metadata },
    spec,
  };
}
