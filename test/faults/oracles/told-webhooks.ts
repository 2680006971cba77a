/**
 * Oracle: what a receiver of webhooks was told. Everything that happened, once: under one id however often it came, no
 * oftener than failures explain, signed, not before the status held it, and nothing when all was right.
 */
import { isSigned, type Receipt } from '../../scenarios-support/webhook-receiver.ts';
import type { SeenRequest } from '../proxy/fault-proxy.ts';
import { SIGNED } from '../told-scenarios.ts';
import { wasStored } from './lawful-writes.ts';
import type { Evidence, Oracle } from './oracle.ts';

const DELIVERY = 'x-secretscope-delivery';
const EVENT = 'x-secretscope-event';
// a receipt is told by the clock of the day, a request by that of the process
const CLOCKS_MS = 50;

export const toldWebhooks: Oracle = (evidence) => {
  const { scenario, receipts } = evidence;
  if (scenario.told === undefined) return [];
  const expected = scenario.told.after.toSorted().join();
  const told = toldEvents(receipts).join();
  return [
    ...(told === expected ? [] : [`the receiver was told ${told}, not ${expected}`]),
    ...[...Map.groupBy(receipts, idOf)].flatMap(([id, all]) => judgeDelivery(id, all, evidence)),
    ...receipts.flatMap((receipt) => judgeReceipt(receipt, evidence)),
  ];
};

const idOf = ({ headers }: Receipt) => headers[DELIVERY] ?? '';

/** Each delivery once, as its event; sorted. */
export function toldEvents(receipts: readonly Receipt[]): string[] {
  const events = new Map(receipts.map((receipt) => [idOf(receipt), receipt.headers[EVENT] ?? '']));
  return [...events.values()].sort();
}

function judgeDelivery(id: string, all: readonly Receipt[], { interruptions, spoilt }: Evidence): string[] {
  const events = new Set(all.map(({ headers }) => headers[EVENT]));
  const most = 1 + interruptions + spoilt;
  return [
    ...(id === '' ? ['something came without an id'] : []),
    ...(events.size > 1 ? [`one id tells of ${[...events].join(' and ')}`] : []),
    ...(all.length > most ? [`one delivery came ${all.length} times, and ${most} are enough`] : []),
  ];
}

function judgeReceipt(receipt: Receipt, { seen, times, scenario }: Evidence): string[] {
  const at = receipt.at - performance.timeOrigin;
  const event = receipt.headers[EVENT] ?? 'something';
  const hasKey = receipt.headers[SIGNED.header.toLowerCase()] !== undefined;
  const mustBe = JSON.stringify(scenario.objects).includes('"signature"') || hasKey;
  return [
    ...(mustBe && !isSigned(receipt, SIGNED) ? [`${event} came with a wrong signature`] : []),
    ...(times.settled > 0 && at > times.settled + CLOCKS_MS ? [`${event} came although all was right`] : []),
    ...(at > times.begun && !isWritten(idOf(receipt), at, seen)
      ? [`${event} was sent before the status held it`]
      : []),
  ];
}

/** By now a status with this id was stored; what was begun before the plan is of no interest. */
function isWritten(id: string, at: number, seen: readonly SeenRequest[]): boolean {
  return seen.some(
    (request) =>
      request.kind === 'write' &&
      request.resource === 'webhookautomations' &&
      wasStored(request) &&
      (request.upstream?.at ?? 0) <= at + CLOCKS_MS &&
      JSON.stringify(request.body).includes(id),
  );
}
