/** Owns: what reviewers, or the time, do to a SecretRequest in a scenario. Used by: approval- and claim-scenarios.ts. */
import { setTimeout as pause } from 'node:timers/promises';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { until } from '../scenarios-support/operated-cluster.ts';
import type { Thing } from '../scenarios-support/person.ts';
import type { Hands } from './fault-scenario.ts';
import { WEB } from './fault-world.ts';

/** Policies are believed after a second, and not after a minute: those of a lane are hardly older than its first plan. */
export const POLICY_FLAGS = ['--policy-settle', '1s'];
// an operator that has just started asks within two seconds; there may be eight busy lanes
const PATIENT_MS = 30_000;
// long enough to be released, seen and settled before it ends, on a busy machine too
const GRANT_MS = 12_000;
/** A release that ends while a plan waits for it. */
export const SHORT_GRANT = { grantTTL: `${GRANT_MS / 1000}s`, onExpiry: 'Delete' };
// what closes a gate is over when it is by one of two clocks that may differ by so much
const SKEW_MS = 2_000;

/** The operator names it: scope, target or claim, number. */
export const requestThing = (name: string): Thing => ({
  apiVersion: API_VERSION,
  kind: 'SecretRequest',
  metadata: { name, namespace: WEB },
});

export const inState = ({ metadata }: Thing, state: string) => [`${WEB}/${metadata.name} ${state}`];

interface Asked {
  readonly status?: { readonly state?: string; readonly release?: { readonly at: string } };
}

async function untilState(hands: Hands, request: Thing, state: string): Promise<void> {
  await until(async () => {
    const asked = await hands.find<Asked>(request);
    if (asked?.status?.state !== state)
      throw new Error(`the request is ${asked?.status?.state}, not ${state}`);
  }, PATIENT_MS);
}

export async function release(hands: Hands, request: Thing): Promise<void> {
  await untilState(hands, request, 'Waiting');
  await hands.vote(request, 'Approve');
  await untilState(hands, request, 'Released');
}

/** Nobody does anything: the act is over when the time of a SHORT_GRANT is. */
export async function untilGrantEnds(hands: Hands, request: Thing): Promise<void> {
  const { status } = (await hands.find<Asked>(request)) ?? {};
  const end = Date.parse(status?.release?.at ?? '') + GRANT_MS - SKEW_MS;
  await pause(Math.max(0, end - Date.now()));
}
