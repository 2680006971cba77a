/**
 * Owns: webhook automations of an environment, as admission sees them, and the largest one there is.
 * Used by: automation-admission.test.ts, crd-schema.test.ts, largest-objects.ts.
 */
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { AUTOMATION_EVENTS } from '../../src/model/kinds/webhook-automation.ts';
import { PROD } from './approval-cluster.ts';
import type { LargeObject } from './largest-objects.ts';
import type { Thing } from './person.ts';

/** Uses no secret. */
export const AUTOMATION = {
  scopeRef: { name: 'web-production' },
  events: ['ReviewRequested'],
  url: 'https://hooks.example.com/in',
  payload: { text: '${event_type}' },
};

/** What makes it use one, in each of the three ways. */
export const WITH_SECRETS: readonly [what: string, spec: object][] = [
  ['secrets', { secrets: ['NPM_TOKEN'], payload: { text: '${NPM_TOKEN}' } }],
  ['an access token', { accessToken: { secret: 'SLACK_TOKEN' } }],
  ['a signature', { signature: { secret: 'WEBHOOK_KEY' } }],
];

export const automation = (name: string, more: object = {}, place = PROD): Thing => ({
  apiVersion: API_VERSION,
  kind: 'WebhookAutomation',
  metadata: { name, namespace: place },
  spec: { ...AUTOMATION, ...more },
});

const NAMES = Array.from({ length: 20 }, (_, i) => `SECRET_${i}`.padEnd(253, 'X'));
const host = 'h'.repeat(63);

/** The most of everything, with a payload of 32 KiB in many members, which server-side apply writes down one by one. */
export const LARGEST_AUTOMATION: LargeObject = {
  title: 'a WebhookAutomation with the longest of everything',
  plural: 'webhookautomations',
  namespaced: true,
  change: { events: ['Rotated'], retryFor: '1m' },
  object: {
    apiVersion: API_VERSION,
    kind: 'WebhookAutomation',
    metadata: { name: 'largest' },
    spec: {
      scopeRef: { name: 's'.repeat(253) },
      events: [...AUTOMATION_EVENTS],
      filter: Array.from({ length: 8 }, (_, i) => ({
        variable: `variable_${'abcdefgh'.charAt(i)}`,
        values: Array.from({ length: 32 }, () => 'v'.repeat(253)),
      })),
      url: `https://${host}.example.com/`.padEnd(2048, 'p'),
      headers: Array.from({ length: 20 }, (_, i) => ({
        name: `X-${i}-`.padEnd(128, 'n'),
        value: '${A} '.padEnd(2048, 'v'),
      })),
      payload: Object.fromEntries(
        Array.from({ length: 900 }, (_, i) => [`m${i}`, { text: '${event_type}', n: i }]),
      ),
      secrets: NAMES,
      accessToken: { secret: NAMES[0] },
      signature: { secret: NAMES[1], header: 'X-'.padEnd(128, 's'), encoding: 'Hex', prefix: 'p'.repeat(32) },
      retryFor: '168h',
    },
  },
};
