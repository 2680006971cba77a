import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { notification } from '../../../../test/peers/fake-pubsub.ts';
import { isSecretId } from './gcp-names.ts';
import { notificationsIn } from './gcp-notification.ts';

const keysOf = (...messages: readonly unknown[]) =>
  notificationsIn({ receivedMessages: messages.map((message, n) => ({ ackId: `ack${n}`, message })) })?.map(
    ({ key }) => key,
  );

describe('a notification of Google', () => {
  it.each([
    'SECRET_CREATE',
    'SECRET_UPDATE',
    'SECRET_DELETE',
    'SECRET_ROTATE',
    'SECRET_VERSION_ADD',
    'SECRET_VERSION_ENABLE',
    'SECRET_VERSION_DISABLE',
    'SECRET_VERSION_DESTROY',
    'SECRET_VERSION_DESTROY_SCHEDULED',
  ])('of %s is about its secret', (eventType) => {
    expect(keysOf(notification('db-password', eventType))).toEqual(['db-password']);
  });

  it('is about a regional secret, or one of a project that is named by its id', () => {
    const regional = 'projects/123456789012/locations/europe-west3/secrets/a';
    expect(
      keysOf(
        notification('x', undefined, { secretId: regional }),
        notification('x', undefined, { secretId: 'projects/p/secrets/b' }),
      ),
    ).toEqual(['a', 'b']);
  });

  it.each<[string, unknown]>([
    ['the test of a topic', { attributes: { eventType: 'TOPIC_CONFIGURED' } }],
    ['another type', notification('a', 'SECRET_READ')],
    ['a name that no secret has', notification('a b')],
    ['another resource', notification('a', undefined, { secretId: 'projects/p/topics/a' })],
    ['more behind the name', notification('a/versions/1')],
    ['a way around', notification('a', undefined, { secretId: 'projects/p/../secrets/a' })],
    ['no attributes', { data: 'Y0FuYXJ5' }],
    ['attributes of no text', { attributes: { eventType: 'SECRET_UPDATE', secretId: 7 } }],
    ['no message', undefined],
    ['a list', []],
  ])('THREATS 18: with %s is about none, and can be acknowledged', (_what, message) => {
    expect(notificationsIn({ receivedMessages: [{ ackId: 'a', message }] })).toEqual([{ ackId: 'a' }]);
  });

  it('without an id is passed over, and spoils none of the others', () => {
    const messages = [{ message: notification('a') }, null, 7, { ackId: 'b', message: notification('b') }];
    expect(notificationsIn({ receivedMessages: messages })).toEqual([{ ackId: 'b', key: 'b' }]);
  });
});

describe('an answer of Pub/Sub', () => {
  it.each([{}, { receivedMessages: [] }, { receivedMessages: null }])('may be empty: %j', (fields) => {
    expect(notificationsIn(fields)).toEqual([]);
  });

  it.each([undefined, null, 'x', { receivedMessages: 'x' }, { receivedMessages: { a: 1 } }])(
    'is not %j',
    (fields) => {
      expect(notificationsIn(fields)).toBeUndefined();
    },
  );

  it('THREATS 18: never throws, and names nothing that cannot be a key', () => {
    const message = fc.record({
      attributes: fc.oneof(
        fc.jsonValue(),
        fc.record({
          eventType: fc.constant('SECRET_UPDATE'),
          secretId: fc.oneof(fc.string(), fc.jsonValue()),
        }),
      ),
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(message, fc.jsonValue())), (messages) => {
        expect((keysOf(...messages) ?? []).every((key) => key === undefined || isSecretId(key))).toBe(true);
      }),
    );
  });
});
