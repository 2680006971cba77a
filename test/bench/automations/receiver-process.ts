/**
 * Owns: the receiver as a process of its own, so that its TLS is not the work of whoever measures.
 * Started by: receiver-link.ts. It ends with whoever started it.
 */
import { stall, status } from '../../scenarios-support/webhook-answers.ts';
import { WebhookReceiver } from '../../scenarios-support/webhook-receiver.ts';
import type { Arrival, Done, Order, Started } from './receiver-messages.ts';

const receiver = await WebhookReceiver.start({ names: ['127.0.0.1', 'localhost'] });
const stalled = new Set<string>();
const yes = status(200);
receiver.usually((exchange) => {
  const answer = stalled.has(exchange.response.req.url ?? '') ? stall : yes;
  answer(exchange);
});

function taken(): Arrival[] {
  return receiver.receipts.splice(0).map(({ path, headers, at }) => {
    return { path, delivery: headers['x-secretscope-delivery'] ?? '', at };
  });
}

async function obey(order: Order): Promise<readonly Arrival[]> {
  switch (order.kind) {
    case 'take':
      return taken();
    case 'up':
      await receiver.up();
      return [];
    case 'down':
      await receiver.down();
      return [];
    case 'stall':
      stalled.clear();
      for (const path of order.paths) stalled.add(path);
      return [];
    default:
      return order satisfies never;
  }
}

const say = (message: Started | Done) => process.send?.(message);

process.on('message', (order: Order) => {
  obey(order).then(
    (arrivals) => say({ kind: 'done', arrivals }),
    // whoever ordered sees that nobody answers any more
    () => process.exit(1),
  );
});
process.on('disconnect', () => {
  receiver.close().then(
    () => process.exit(),
    () => process.exit(1),
  );
});
// Ctrl-C reaches the whole group; whoever started this one ends it after what still sends
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
say({ kind: 'started', endpoint: receiver.endpoint, flags: receiver.flags });
