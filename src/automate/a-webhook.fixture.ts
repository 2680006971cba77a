import type { AutomationSpec } from '../model/kinds/webhook-automation.ts';
import { SecretValue } from '../model/secret-value.ts';
import { type ParsedWebhook, parseWebhook } from './parse-webhook.ts';
import { type Occasion, type Rendered, renderWebhook } from './render-webhook.ts';

export const URL = 'https://hooks.example.com/in';

export function aSpec(changes: Partial<AutomationSpec> = {}): AutomationSpec {
  return { scopeRef: { name: 'web' }, events: ['Rotated'], url: URL, payload: {}, ...changes };
}

export function aWebhook(changes: Partial<AutomationSpec> = {}): ParsedWebhook {
  const parsed = parseWebhook(aSpec(changes));
  if (parsed.kind === 'invalid') throw new Error(parsed.faults.join('\n'));
  return parsed.webhook;
}

export function faultsOf(changes: Partial<AutomationSpec>): readonly string[] {
  const parsed = parseWebhook(aSpec(changes));
  return parsed.kind === 'invalid' ? parsed.faults : [];
}

export function boxes(values: Readonly<Record<string, string | Buffer>>): Map<string, SecretValue> {
  return new Map(Object.entries(values).map(([name, value]) => [name, new SecretValue(Buffer.from(value))]));
}

export const OCCASION: Occasion = {
  id: '5f6c1c0e-0000-8000-8000-000000000001',
  event: 'Rotated',
  variables: {
    event_type: 'Rotated',
    entity_name: 'team-a',
    project_name: 'model-registry',
    secret_name: 'HOOK_PW',
  },
};

export function rendered(
  changes: Partial<AutomationSpec>,
  values: Readonly<Record<string, string | Buffer>> = {},
  variables: Readonly<Record<string, string>> = OCCASION.variables,
): Rendered {
  return renderWebhook(aWebhook(changes), { ...OCCASION, variables }, boxes(values), '1.2.3');
}

/** What is sent, to be looked at: only a test may. */
export function sent(...parts: Parameters<typeof rendered>): {
  readonly body: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
} {
  const made = rendered(...parts);
  if (made.kind === 'failed') throw new Error(`${made.reason}: ${made.message}`);
  const { body, headers } = made.request;
  return {
    body: body.reveal().toString(),
    headers: headers.map(({ name, value }) => [name, value.reveal().toString()]),
  };
}
