/** Owns: `secretscope automation test`: one delivery that the operator sends at once. Used by: automation-verb.ts. */
import type { KubeClient } from '../kube/kube-client.ts';
import type { AutomationEvent } from '../model/kinds/webhook-automation.ts';
import { TEST_ANNOTATION } from '../watch/views.ts';
import { asked } from './automation-asking.ts';
import {
  isDelivered,
  nextStep,
  resultText,
  type TestResult,
  testIn,
  tooTrusting,
} from './automation-attempt.ts';
import { placeText, readAutomation, specOf } from './automation-object.ts';
import type { Payload } from './automation-order.ts';
import { webhookOf } from './automation-payload.ts';
import type { AutomationTools } from './automation-tools.ts';
import type { Place } from './review-cluster.ts';
import { escapeText, type Format, printData } from './terminal.ts';
import { EXIT, ExitError } from './usage-error.ts';

export interface TestOrder {
  readonly event: AutomationEvent | undefined;
  readonly payload: Payload | undefined;
  readonly timeoutMs: number;
  readonly format: Format;
}

/** Nothing of it is kept: neither what is sent nor what the receiver answers (spec row WX7). */
export async function tryAutomation(
  kube: KubeClient,
  place: Place,
  order: TestOrder,
  tools: AutomationTools,
): Promise<void> {
  const { payload, timeoutMs, format } = order;
  const { terminal, signal } = tools;
  const seen = await readAutomation(kube, place, { signal });
  const spec = specOf(seen);
  const usesSecrets = webhookOf(spec, payload).names.length > 0;
  const id = tools.random();
  const event = order.event ?? spec.events[0];
  const result = await asked(
    kube,
    seen,
    {
      what: 'test',
      annotation: TEST_ANNOTATION,
      value: JSON.stringify({ id, event, ...(payload && { payload }) }),
      slow: 'the operator sends at most one test of an automation in 10 s',
      answerIn: (status) => testIn(status, id),
    },
    { ...tools, timeoutMs },
  );
  if (format !== 'table') printData(terminal, format, { ...result, event });
  else terminal.out(resultText(result, usesSecrets));
  const warning = tooTrusting(result, spec.accessToken !== undefined || spec.signature !== undefined);
  if (warning !== undefined) terminal.note(`warning: ${warning}`);
  checkDelivered(result, place, usesSecrets);
}

function checkDelivered(result: TestResult, place: Place, usesSecrets: boolean): void {
  if (isDelivered(result)) return;
  const what = result.outcome === undefined ? 'was not sent' : 'was not taken';
  const next = nextStep(result, usesSecrets) ?? '';
  throw new ExitError(EXIT.failed, `the test of ${placeText(place)} ${what}: ${escapeText(next)}`);
}
