import { z } from 'zod';
import { DURATION, durationMs } from '../duration.ts';
import { MAX_SECRET_NAME, SECRET_NAME } from '../names.ts';
import {
  AUTOMATION_EVENTS,
  type AutomationStatus,
  automationStatusSchema,
} from './automation-status-schema.ts';
import { duration, objectName, PRINTABLE, type Resource } from './common.ts';
import { authorList } from './request-parts.ts';
import { atomicList, distinctList, keyedList, withRules } from './schema-rules.ts';
import type { KindWithFields } from './secret-scope.ts';
import { HEADER_NAME, HEADER_RULES, headerSchema } from './webhook-headers.ts';

export {
  AUTOMATION_EVENTS,
  type AutomationEvent,
  type AutomationStatus,
} from './automation-status-schema.ts';

const name = z.string().min(1).max(MAX_SECRET_NAME).regex(SECRET_NAME);

/** A variable of an event, as `${event_type}` names it: lower case, so that no secret has the name of one. */
export const VARIABLE_NAME = /^[a-z][a-z_]*$/;

/** `https://host[:port][/path]`, without a user, a fragment, a backslash or a `${NAME}`. */
const URL_PATTERN = /^https:\/\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(\/[^\s\\#{}]*)?$/;
/** A rule rather than a pattern, which would be told as it is. */
const url = withRules(z.string().max(2048), {
  rule: `self.matches(r'${URL_PATTERN.source.replaceAll('\\/', '/')}')`,
  message:
    'url has to be https://host/path, with the host in lower case, without user, fragment, backslash, braces and blanks',
  holds: (text) => URL_PATTERN.test(text),
});
const MIN_RETRY_MS = 60_000;
const MAX_RETRY_MS = 168 * 3_600_000;

const automationFields = z.strictObject({
  scopeRef: z
    .strictObject({ name: objectName.describe('Name of the scope.') })
    .describe(
      'The scope, in this namespace, whose events are told and whose secrets may be used. Cannot be changed.',
    ),
  events: distinctList(z.enum(AUTOMATION_EVENTS).describe('One kind of event.'), AUTOMATION_EVENTS.length)
    .min(1)
    .describe('The events that are told.'),
  filter: keyedList(
    z
      .strictObject({
        variable: z
          .string()
          .min(1)
          .max(63)
          .regex(VARIABLE_NAME)
          .describe('A variable of the event, such as reason.'),
        values: z
          .array(z.string().max(253).regex(PRINTABLE).describe('A value, compared as it is.'))
          .min(1)
          .max(32)
          .meta(atomicList)
          .describe('The values with which the event is told.'),
      })
      .describe('One variable and the values that it may have.'),
    8,
    'variable',
  )
    .optional()
    .describe('Tells only events of which every variable listed here has one of its values. Default: all.'),
  url: url.describe(
    'Where it is sent to, by POST: https, in lower case, without a user, a fragment and ${NAME}. The Organization lists the host in automationHosts.',
  ),
  headers: keyedList(headerSchema, 20, 'name').optional().describe('More headers of the request.'),
  payload: z
    .looseObject({})
    .meta({ 'x-kubernetes-preserve-unknown-fields': true })
    .describe(
      'The body, a JSON object. In its texts ${NAME} is a secret of spec.secrets, ${ACCESS_TOKEN} the access token, ${event_type} a variable of the event, and $${ a literal ${. What is put in is never looked through again.',
    ),
  secrets: distinctList(name.describe('Name of a secret.'), 20)
    .optional()
    .describe('The names that headers and payload may use as ${NAME}. Default: none.'),
  accessToken: z
    .strictObject({ secret: name.describe('Name of the secret.') })
    .optional()
    .describe(
      'Is sent as Authorization: Bearer, and is ${ACCESS_TOKEN}. To use it by its own name, list it in secrets as well.',
    ),
  signature: z
    .strictObject({
      secret: name.describe('Name of the secret that is the key.'),
      header: z
        .string()
        .min(1)
        .max(128)
        .regex(HEADER_NAME)
        .optional()
        .describe('The header with the signature. Default: X-Wandb-Signature.'),
      encoding: z
        .enum(['Base64', 'Hex'])
        .optional()
        .describe('How the signature is written. Default: Base64.'),
      prefix: z
        .string()
        .max(32)
        .regex(PRINTABLE)
        .optional()
        .describe(
          'Stands in front of it, such as sha256= for receivers of GitHub webhooks. Default: nothing.',
        ),
    })
    .optional()
    .describe('HMAC-SHA256 over exactly the bytes of the body. Default: it is not signed.'),
  retryFor: duration
    .optional()
    .describe(
      'How long a delivery is tried again, from 1m to 168h; then it is kept in status.undelivered, to be replayed. Default: 24h.',
    ),
});

export const automationSpecSchema = withRules(
  automationFields,
  {
    rule: 'self.scopeRef == oldSelf.scopeRef',
    message: 'scopeRef cannot be changed; make another automation',
    fieldPath: '.scopeRef',
  },
  ...HEADER_RULES,
  {
    rule: "!has(self.retryFor) || (duration(self.retryFor) >= duration('1m') && duration(self.retryFor) <= duration('168h'))",
    message: 'retryFor has to be from 1m to 168h',
    fieldPath: '.retryFor',
    holds: ({ retryFor }) =>
      retryFor === undefined || !DURATION.test(retryFor) || isRetry(durationMs(retryFor)),
  },
);
export type AutomationSpec = z.infer<typeof automationSpecSchema>;

function isRetry(ms: number): boolean {
  return ms >= MIN_RETRY_MS && ms <= MAX_RETRY_MS;
}

export type WebhookAutomation = Resource<AutomationSpec, AutomationStatus> & {
  readonly authors?: readonly string[];
};

export const webhookAutomationKind: KindWithFields = {
  kind: 'WebhookAutomation',
  plural: 'webhookautomations',
  singular: 'webhookautomation',
  shortNames: ['automation', 'automations'],
  namespaced: true,
  description: 'Tells another system of events of a scope, by a webhook that may carry its secrets.',
  spec: automationSpecSchema,
  status: automationStatusSchema,
  fields: {
    authors: authorList.describe(
      'Who made this automation or changed spec. Output only: admission policy writes it and refuses everybody else. Users whose name cannot be printed are system:unrecorded.',
    ),
  },
  columns: [
    { name: 'Scope', type: 'string', jsonPath: '.spec.scopeRef.name' },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
    { name: 'Waiting', type: 'integer', jsonPath: '.status.counts.waiting' },
    { name: 'Delivered', type: 'integer', jsonPath: '.status.counts.delivered' },
    { name: 'Given-Up', type: 'integer', jsonPath: '.status.counts.undelivered' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    { name: 'URL', type: 'string', jsonPath: '.spec.url', priority: 1 },
    {
      name: 'Message',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].message',
      priority: 1,
    },
  ],
  selectableFields: ['.spec.scopeRef.name'],
};
