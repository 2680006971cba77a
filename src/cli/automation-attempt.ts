/** Owns: how a test ended, and what to do then. Used by: automation-try.ts. Pure. */
import { ATTEMPT_OUTCOMES, type AttemptOutcome } from '../model/kinds/automation-status-schema.ts';
import { fieldsOf } from './automation-object.ts';
import { statusText } from './review-wording.ts';

/** As `-o json` prints it. */
export interface TestResult {
  readonly id: string;
  /** Absent: nothing was sent. */
  readonly outcome?: AttemptOutcome;
  readonly code?: number;
  readonly milliseconds?: number;
  readonly placeholders: boolean;
  /** Why nothing was sent. */
  readonly message?: string;
}

/** The answer to the test with this id, as the status tells it; its shape is not checked on the way in. */
export function testIn(status: Readonly<Record<string, unknown>>, id: string): TestResult | undefined {
  const test = fieldsOf(status['test']);
  if (test['id'] !== id) return undefined;
  const outcome = ATTEMPT_OUTCOMES.find((one) => one === test['outcome']);
  const [code, milliseconds] = [numberIn(test['code']), numberIn(test['milliseconds'])];
  const message = statusText(test['message']);
  return {
    id,
    ...(outcome !== undefined && { outcome }),
    ...(code !== undefined && { code }),
    ...(milliseconds !== undefined && { milliseconds }),
    // placeholders are what is certain to be harmless, so what is not known is not called real
    placeholders: test['placeholders'] !== false,
    ...(message !== undefined && { message }),
  };
}

function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function isDelivered({ outcome, code = 0 }: TestResult): boolean {
  return outcome === 'Answered' && code >= 200 && code <= 299;
}

/** `HTTP 204 in 45 ms, with placeholders in the place of secrets`. */
export function resultText(result: TestResult, usesSecrets: boolean): string {
  const { outcome, code, milliseconds, placeholders } = result;
  if (outcome === undefined) return 'nothing was sent';
  const what = outcome === 'Answered' ? `HTTP ${code ?? 'without a code'}` : FAILED[outcome];
  const took = outcome === 'Answered' ? ' in' : ', after';
  const time = milliseconds === undefined ? '' : `${took} ${milliseconds} ms`;
  if (!usesSecrets) return `${what}${time}`;
  return `${what}${time}, ${placeholders ? 'with placeholders in the place of secrets' : 'with the real secrets'}`;
}

const FAILED: Readonly<Record<Exclude<AttemptOutcome, 'Answered'>, string>> = {
  TimedOut: 'no answer in time',
  ConnectionFailed: 'no connection, or one that broke',
  NameNotResolved: 'no address is known for the host',
  AddressRefused: 'the host has an address that nothing is sent to',
  HostRefused: 'the host is none that anything is sent to',
  TLSRefused: 'its certificate is not trusted',
  AnswerRefused: 'what came back is no answer of HTTP, or too long a one',
};

/** What to do next; undefined: it is as it should be. */
export function nextStep(result: TestResult, usesSecrets: boolean): string | undefined {
  const { outcome, code = 0, placeholders, message } = result;
  if (outcome === undefined)
    return (
      message ??
      'the operator does not say why; look at what it says of the automation: secretscope automation list'
    );
  if (outcome === 'Answered') return afterAnswer(code, usesSecrets && placeholders);
  return AFTER[outcome];
}

const AFTER: Readonly<Record<Exclude<AttemptOutcome, 'Answered'>, string>> = {
  TimedOut:
    'have the receiver answer within 10 s and do its work later, or look whether it is reachable from the cluster',
  ConnectionFailed:
    'look whether the receiver runs, and whether a firewall or the proxy of the operator lets it through',
  NameNotResolved: 'correct the host in spec.url, or have the DNS that the operator asks know it',
  AddressRefused: 'private, loopback and cluster addresses are never sent to; give the receiver a public one',
  HostRefused: 'correct spec.url: a public name, on port 443',
  TLSRefused:
    'have the receiver show a certificate of a public authority, for the name in spec.url, that has not expired',
  AnswerRefused: 'look whether spec.url leads to an HTTPS server, and to the right one',
};

function afterAnswer(code: number, arePlaceholders: boolean): string | undefined {
  if (code >= 200 && code <= 299) return undefined;
  if (code >= 300 && code <= 399) return 'redirects are not followed; name in spec.url where it leads to';
  if (code >= 500)
    return 'the fault is at the receiver; look at its own log, since what it answers is not kept here';
  return OF_CODE.get(code) ?? (isForbidden(code) ? afterRefusal(arePlaceholders) : OTHER);
}

const OTHER = 'the receiver refuses it; look at its own log, since what it answers is not kept here';

const OF_CODE: ReadonlyMap<number, string> = new Map([
  [404, 'the receiver knows no such path, or hides it from this token; correct spec.url or the token'],
  [405, 'the receiver takes no POST there; correct spec.url'],
  [410, 'the receiver says that this path is gone; correct spec.url'],
  [413, 'the payload is too large for the receiver; make spec.payload smaller'],
  [
    429,
    'the receiver wants fewer of them; deliveries wait for as long as it says, and a test is for you to repeat',
  ],
  ...[400, 415, 422].map(
    (code) =>
      [
        code,
        'the receiver does not understand the payload; look at what is sent: secretscope automation test NAME --dry-run',
      ] as const,
  ),
]);

function isForbidden(code: number): boolean {
  return code === 401 || code === 403;
}

function afterRefusal(arePlaceholders: boolean): string {
  return arePlaceholders
    ? 'that is as it should be: the way there works, and a receiver that checks its token or signature refuses placeholders. The real secrets are sent once the automation may send, and without --payload'
    : 'the receiver does not take the token or the signature; compare with what it expects, and store the right one: secretscope secret set NAME';
}

/** Spec row WX3: what a receiver that checks nothing gives away. */
export function tooTrusting(result: TestResult, checks: boolean): string | undefined {
  return checks && result.placeholders && isDelivered(result)
    ? 'the receiver took placeholders for a token and a signature, so it checks neither; whoever knows its address can tell it anything'
    : undefined;
}
