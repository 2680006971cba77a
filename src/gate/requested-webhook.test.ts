/** What a request says of a webhook: its names, and its text in the place of data keys. */
import { describe, expect, it } from 'vitest';
import type { RequestPlan } from '../model/request-subject.ts';
import { subjectOf } from '../model/request-subject.ts';
import { aPlan, first, keep, value } from './a-plan.fixture.ts';
import { type Requester, requestedPlan } from './requested-plan.ts';

const WEBHOOK: Requester = {
  scopeRef: { name: 'web-prod', uid: 'uid-own' },
  consumer: { kind: 'WebhookAutomation', namespace: 'prod', name: 'notify', uid: 'uid-notify' },
  pin: 'Access',
  webhook: { url: 'https://hooks.acme.dev/in', text: '{"payload":{"a":"${A}"}}', change: 'Added' },
};
const asked = (keys: Parameters<typeof aPlan>[0], released?: RequestPlan, requester = WEBHOOK) =>
  requestedPlan(requester, [aPlan(keys)], first, released);
const names = ({ secrets }: RequestPlan) => secrets.map(({ name }) => name);

describe('a request for a webhook', () => {
  it('says what is sent and where to, and of no Secret, data key or namespace', () => {
    const { plan } = asked([value('A')]);
    expect(plan.webhook).toEqual(WEBHOOK.webhook);
    expect(names(plan)).toEqual(['A']);
    for (const member of ['secret', 'keys', 'namespaces']) expect(plan).not.toHaveProperty(member);
  });

  it.each<[string, Partial<NonNullable<Requester['webhook']>>]>([
    ['URL', { url: 'https://hooks.acme.dev/out' }],
    ['text', { text: '{"payload":{"b":"${A}"}}' }],
  ])('is another one with another %s', (_what, change) => {
    const { webhook } = WEBHOOK;
    const other = { ...WEBHOOK, ...(webhook && { webhook: { ...webhook, ...change } }) };
    expect(subjectOf(asked([value('A')], undefined, other).plan).digest).not.toBe(
      subjectOf(asked([value('A')]).plan).digest,
    );
  });

  it('keeps a name that cannot be had now as it was released', () => {
    const { plan: released } = asked([value('A'), value('B')]);
    const { plan, unknownLines } = asked([value('A'), keep('B', true)], released);
    expect(subjectOf(plan).digest).toBe(subjectOf(released).digest);
    expect(unknownLines).toEqual([]);
  });

  it('does not know a name that was never released, or only listed as removed', () => {
    const { plan: released } = asked([value('A'), value('B')]);
    const secrets = released.secrets.map((one) =>
      one.name === 'B' ? { ...one, change: 'Removed' as const } : one,
    );
    for (const before of [undefined, { ...released, secrets }]) {
      const { plan, unknownLines } = asked([value('A'), keep('B', true)], before);
      expect([names(plan), unknownLines]).toEqual([['A'], ['key B']]);
    }
  });

  it('leaves out what cannot be had for certain', () => {
    expect(asked([value('A'), keep('B')]).unknownLines).toEqual([]);
  });
});
