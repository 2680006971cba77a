/** Bugs of webhook automations: what is told is lost, told under another name, or told before it is written down. */
import type { SeededBug } from './seeded-bug.ts';

export const AUTOMATION_BUGS: readonly SeededBug[] = [
  {
    id: 'sent-before-it-is-written',
    what: 'a delivery is sent first, and written into the status with how it ended',
    source:
      "own (a record that follows what it is about, as in Sieve OSDI'22, rabbitmq-operator intermediate-state-2)",
    edits: [
      {
        file: 'src/reconcile/automation/reconcile-automation.ts',
        find: 'const ahead = await writeAhead(begun, deps, signal);',
        replace: "const ahead = 'written' as Awaited<ReturnType<typeof writeAhead>>;",
      },
    ],
    plans: ['tell', 'kill-asked', 'request-1'],
    oracle: 'told webhooks: it was sent before the status held it',
  },
  {
    id: 'another-id-for-each-attempt',
    what: 'a delivery that is tried again has another id, so a receiver takes it for another one',
    source: 'https://docs.stripe.com/webhooks#handle-duplicate-events (what receivers rely on)',
    edits: [
      {
        file: 'src/reconcile/automation/send-due.ts',
        find: 'sendOnce(automated, webhook, { ...head }, values',
        replace:
          'sendOnce(automated, webhook, { ...head, id: head.id.slice(0, -1) + (head.attempts % 10) }, values',
      },
    ],
    plans: ['tell', 'receiver-500'],
    oracle: 'told webhooks: more was told than happened',
  },
  {
    id: 'any-answer-is-success',
    what: 'a delivery is over as soon as the receiver has answered, whatever it said',
    source: 'own (an answer is taken for a success, whatever its code)',
    edits: [
      {
        file: 'src/automate/delivery-queue.ts',
        find: "outcome.kind === 'answered' && outcome.code >= 200 && outcome.code <= 299",
        replace: "outcome.kind === 'answered' && outcome.code >= 200",
      },
    ],
    plans: ['tell', 'receiver-500'],
    oracle: 'convergence: the last delivery was answered with 500, and never taken',
  },
  {
    id: 'forgotten-when-it-fails',
    what: 'what was sent once leaves the queue, also where no answer came',
    source: 'own (at most once instead of at least once)',
    edits: [
      {
        file: 'src/automate/delivery-queue.ts',
        find: 'waiting: [{ ...tried, nextAttempt }, ...rest] }, ended',
        replace: 'waiting: rest }, ended',
      },
    ],
    plans: ['tell', 'receiver-reset'],
    oracle: 'convergence: fewer were delivered than happened',
  },
];
