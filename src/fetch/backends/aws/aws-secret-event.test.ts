import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apiCall, arnOf, labelUpdated, serviceEvent } from '../../../../test/peers/fake-aws-events.ts';
import { isAwsName } from './aws-names.ts';
import { changedKeys, MAX_EVENT_BYTES } from './aws-secret-event.ts';

const keysOf = (event: unknown) => changedKeys(JSON.stringify(event), 'eu-west-1');
const asked = (secretId: string) => ({ requestParameters: { secretId, clientRequestToken: 'x' } });
const answered = (responseElements: object, secretId = 'other') => ({ ...asked(secretId), responseElements });

describe('an event of AWS', () => {
  it('is about the secret whose label moved', () => {
    expect(keysOf(labelUpdated('acme/npm'))).toEqual(['acme/npm']);
  });

  it.each([
    ['by its name', asked('acme/npm')],
    ['by its ARN', asked(arnOf('acme/npm'))],
    ['as the answer names it', answered({ name: 'acme/npm', arn: arnOf('acme/npm') })],
    ['as the ARN of the answer names it', answered({ arn: arnOf('acme/npm'), versionId: 'x' })],
    ['as older answers write their ARN', answered({ aRN: arnOf('acme/npm') })],
    ['as some answers write their ARN', answered({ ARN: arnOf('acme/npm') })],
  ])('is about the secret that was changed, %s', (_how, detail) => {
    expect(keysOf(apiCall('PutSecretValue', detail))[0]).toBe('acme/npm');
  });

  it.each([
    'CreateSecret',
    'DeleteSecret',
    'PutSecretValue',
    'RestoreSecret',
    'RotateSecret',
    'UpdateSecret',
    'UpdateSecretVersionStage',
  ])('of %s is heard', (name) => {
    expect(keysOf(apiCall(name, asked('a')))).toEqual(['a']);
  });

  it('of a secret that was created names it in the request', () => {
    expect(keysOf(apiCall('CreateSecret', { requestParameters: { name: 'a' } }))).toEqual(['a']);
  });

  it('may ask for an ARN without the six characters, so it is about either name', () => {
    const arn = arnOf('x').replace('x-a1b2c3', 'my-secret');
    expect(keysOf(apiCall('PutSecretValue', asked(arn)))).toEqual(['my', 'my-secret']);
  });

  it.each([
    ['RotationSucceeded', { additionalEventData: { SecretId: arnOf('acme/npm') } }],
    ['RotationSucceeded', { serviceEventDetails: { secretId: arnOf('acme/npm') } }],
    ['EndSecretVersionDelete', { additionalEventData: { SecretId: arnOf('acme/npm') } }],
  ])('of Secrets Manager itself is heard: %s', (name, detail) => {
    expect(keysOf(serviceEvent(name, detail))).toEqual(['acme/npm']);
  });

  it('in GovCloud or China has another partition', () => {
    const event = (region: string, arn: string) =>
      changedKeys(JSON.stringify(apiCall('PutSecretValue', answered({ arn }), { region })), region);
    const of = (partition: string, region: string) =>
      arnOf('a', region).replace('arn:aws:', `arn:${partition}:`);
    expect(event('cn-north-1', of('aws-cn', 'cn-north-1'))).toEqual(['a']);
    expect(event('us-gov-west-1', of('aws-us-gov', 'us-gov-west-1'))).toEqual(['a']);
  });
});

describe('no event of AWS', () => {
  it.each<[string, unknown]>([
    ['of another source', labelUpdated('a', { source: 'acme.secretsmanager' })],
    ['of another region', labelUpdated('a', { region: 'us-east-1' })],
    ['with an ARN of another region', apiCall('PutSecretValue', asked(arnOf('a', 'us-east-1')))],
    ['with an ARN of another service', apiCall('PutSecretValue', asked('arn:aws:s3:::a-b1b2c3'))],
    ['of another type', labelUpdated('a', { 'detail-type': 'Secret Read' })],
    ['about a read', apiCall('GetSecretValue', asked('a'))],
    ['about a description', apiCall('DescribeSecret', asked('a'))],
    [
      'about a call that was refused',
      apiCall('PutSecretValue', { ...asked('a'), errorCode: 'AccessDenied' }),
    ],
    ['of another service', apiCall('PutSecretValue', { ...asked('a'), eventSource: 'ssm.amazonaws.com' })],
    ['without a name', apiCall('PutSecretValue', {})],
    ['with a name that no secret has', labelUpdated('../../a b')],
    ['with a name of no text', labelUpdated('a', { detail: { name: { a: 1 } } })],
    ['that is a list', [labelUpdated('a')]],
    ['that is nothing', null],
    ['that is a number', 7],
    ['that names a prototype', JSON.parse('{"__proto__":{"source":"aws.secretsmanager"},"detail":{}}')],
  ])('THREATS 18: %s is about any secret', (_what, event) => {
    expect(keysOf(event)).toEqual([]);
  });

  it.each(['', 'garbage', '{"source":"aws.secretsmanager"', '\u0000', '{}'])('is %j', (body) => {
    expect(changedKeys(body, 'eu-west-1')).toEqual([]);
  });

  it('THREATS 18: is nested as deeply as its length allows', () => {
    const deep = `${'['.repeat(130_000)}${']'.repeat(130_000)}`;
    const detail = '{"name":"a"}';
    const body = JSON.stringify(labelUpdated('a', { detail: 0, resources: 1 }));
    for (const [field, key] of [
      ['"detail":0', []],
      ['"resources":1', ['a']],
    ] as const) {
      const nested = body
        .replace(field, `${field.slice(0, -1)}${deep}`)
        .replace('"detail":0', `"detail":${detail}`);
      expect(changedKeys(nested, 'eu-west-1')).toEqual(key);
    }
  });

  it('THREATS 18: is longer than EventBridge lets it be', () => {
    const padded = (bytes: number) => {
      const event = labelUpdated('a', { padding: '' });
      return JSON.stringify({ ...event, padding: 'x'.repeat(bytes - JSON.stringify(event).length) });
    };
    expect(changedKeys(padded(MAX_EVENT_BYTES), 'eu-west-1')).toEqual(['a']);
    expect(changedKeys(padded(MAX_EVENT_BYTES + 1), 'eu-west-1')).toEqual([]);
    expect(changedKeys('['.repeat(10_000_000), 'eu-west-1')).toEqual([]);
  });

  it('THREATS 18: makes it throw, or names what cannot be a key', () => {
    const value = fc.oneof(fc.string(), fc.jsonValue(), fc.constant(arnOf('a')), fc.constant(null));
    const event = fc.record(
      {
        source: fc.constant('aws.secretsmanager'),
        region: fc.constant('eu-west-1'),
        'detail-type': fc.constantFrom(
          'Secret Label Updated',
          'AWS API Call via CloudTrail',
          'AWS Service Event via CloudTrail',
        ),
        detail: fc.record({
          eventSource: fc.constant('secretsmanager.amazonaws.com'),
          eventName: fc.constantFrom('PutSecretValue', 'RotationSucceeded'),
          name: value,
          requestParameters: fc.oneof(value, fc.record({ secretId: value })),
          responseElements: fc.oneof(value, fc.record({ arn: value, name: value })),
          additionalEventData: fc.oneof(value, fc.record({ SecretId: value })),
        }),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(event, (one) => {
        expect(keysOf(one).every(isAwsName)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
