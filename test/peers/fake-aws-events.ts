/** Events of Secrets Manager as EventBridge sends them. Called by tests of the event queue. */

const ACCOUNT = '123456789012';

export const arnOf = (name: string, region = 'eu-west-1') =>
  `arn:aws:secretsmanager:${region}:${ACCOUNT}:secret:${name}-a1b2c3`;

function envelope(type: string, detail: object, change: object): Record<string, unknown> {
  return {
    version: '0',
    id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
    'detail-type': type,
    source: 'aws.secretsmanager',
    account: ACCOUNT,
    time: '2026-11-22T10:00:00Z',
    region: 'eu-west-1',
    resources: [],
    detail,
    ...change,
  };
}

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/event-detail-secret-label-updated-secretsmanager.html */
export function labelUpdated(name: string, change: object = {}): Record<string, unknown> {
  const detail = { name, labelUpdated: 'AWSCURRENT', versionId: 'a1b2c3d4-5678-90ab-cdef-EXAMPLE11111' };
  return envelope('Secret Label Updated', detail, { resources: [arnOf(name)], ...change });
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html */
export function apiCall(eventName: string, detail: object, change: object = {}): Record<string, unknown> {
  const record = {
    eventVersion: '1.11',
    userIdentity: { type: 'AssumedRole', principalId: 'AROAEXAMPLE:ana', accountId: ACCOUNT },
    eventTime: '2026-11-22T10:00:00Z',
    eventSource: 'secretsmanager.amazonaws.com',
    eventName,
    awsRegion: 'eu-west-1',
    sourceIPAddress: '203.0.113.7',
    requestParameters: null,
    responseElements: null,
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: ACCOUNT,
    ...detail,
  };
  return envelope('AWS API Call via CloudTrail', record, change);
}

export function serviceEvent(
  eventName: string,
  detail: object,
  change: object = {},
): Record<string, unknown> {
  const record = {
    eventVersion: '1.08',
    userIdentity: { accountId: ACCOUNT, invokedBy: 'secretsmanager.amazonaws.com' },
    eventSource: 'secretsmanager.amazonaws.com',
    eventName,
    requestParameters: null,
    responseElements: null,
    eventType: 'AwsServiceEvent',
    ...detail,
  };
  return envelope('AWS Service Event via CloudTrail', record, change);
}
