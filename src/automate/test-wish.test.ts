import { describe, expect, it } from 'vitest';
import { AUTOMATION_EVENTS } from '../model/kinds/webhook-automation.ts';
import { aLook } from './a-look.fixture.ts';
import { aWebhook } from './a-webhook.fixture.ts';
import { ALL_VARIABLES, COMMON_VARIABLES, EVENT_VARIABLES } from './event-variables.ts';
import { placeholders, renderWebhook } from './render-webhook.ts';
import { sampleOccasion, testWish } from './test-wish.ts';

describe('the annotation that asks for a test', () => {
  it('if there is none, nothing is asked for', () => {
    expect(testWish(undefined)).toBeUndefined();
    expect(testWish('')).toBeUndefined();
  });

  it('names an id and an event, and may bring a payload of its own (WX7)', () => {
    expect(testWish('{"id":"1","event":"Rotated"}')).toEqual({
      id: '1',
      event: 'Rotated',
      payload: undefined,
    });
    expect(testWish('{"id":"1","event":"SyncFailed","payload":{"a":[1]}}')).toEqual({
      id: '1',
      event: 'SyncFailed',
      payload: { a: [1] },
    });
  });

  it.each([
    ['no JSON', 'secret', 'is not a JSON object'],
    ['a list', '[]', 'is not a JSON object'],
    ['null', 'null', 'is not a JSON object'],
    ['no id', '{"event":"Rotated"}', 'needs an id of 1 to 63'],
    ['an empty id', '{"id":"","event":"Rotated"}', 'needs an id'],
    ['an id that is too long', `{"id":"${'x'.repeat(64)}","event":"Rotated"}`, 'needs an id'],
    ['an id that is no text', '{"id":1,"event":"Rotated"}', 'needs an id'],
    ['an id with a line end', '{"id":"a\\nb","event":"Rotated"}', 'needs an id'],
    ['an event that there is not', '{"id":"1","event":"secret"}', 'needs an event, one of Materialized,'],
    [
      'a payload that is no object',
      '{"id":"1","event":"Rotated","payload":["secret"]}',
      'has a payload that is not',
    ],
    ['a payload that is null', '{"id":"1","event":"Rotated","payload":null}', 'has a payload that is not'],
    [
      'another member',
      '{"id":"1","event":"Rotated","secret":1}',
      'has a member that is none of id, event, payload',
    ],
  ])('if it has %s, it says what is wrong and repeats nothing', (_case, annotation, fault) => {
    const wish = testWish(annotation);
    expect(wish).toEqual({ kind: 'invalid', fault: expect.stringContaining(fault) });
    expect(JSON.stringify(wish)).not.toContain('secret"');
  });
});

describe('an event that did not happen', () => {
  it.each(AUTOMATION_EVENTS)('%s has every variable that such an event has, and no other', (event) => {
    const { variables } = sampleOccasion(event, 'test-1', aLook().place, 0);
    expect(Object.keys(variables).sort()).toEqual([...COMMON_VARIABLES, ...EVENT_VARIABLES[event]].sort());
    expect(Object.entries(variables).filter(([, text]) => text === '')).toEqual([]);
    expect(variables).toMatchObject({
      event_type: event,
      delivery_id: 'test-1',
      event_time: '1970-01-01T00:00:00.000Z',
      scope_name: 'web-prod',
      entity_name: 'acme',
    });
  });

  it('can be sent, whatever the webhook uses', () => {
    const all = [...ALL_VARIABLES].map((name) => `\${${name}}`).join(' ');
    const webhook = aWebhook({ headers: [{ name: 'X-All', value: all }], payload: { all } });
    for (const event of AUTOMATION_EVENTS) {
      const occasion = sampleOccasion(event, 'test-1', aLook().place, 0);
      expect(renderWebhook(webhook, occasion, placeholders(webhook), '1').kind).toBe('ok');
    }
  });
});
