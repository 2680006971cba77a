/** Owns: what a test sends: the automation as it is, or with a payload of the test's own. Used by: automation-try.ts, automation-dry-run.ts. */
import { type ParsedWebhook, parseWebhook } from '../automate/parse-webhook.ts';
import { withoutTokens } from '../mask/foreign-text.ts';
import type { AutomationSpec } from '../model/kinds/webhook-automation.ts';
import { type Payload, payloadIn } from './automation-order.ts';
import type { InputChannels } from './secret-input.ts';
import { escapeText } from './terminal.ts';
import { EXIT, ExitError, UsageError } from './usage-error.ts';

/** `-` is stdin. */
export async function readPayload(
  path: string | undefined,
  input: InputChannels,
): Promise<Payload | undefined> {
  if (path === undefined) return undefined;
  const text = (await bytesOf(path, input)).toString('utf8');
  // it would be stored by the API server for a moment, and in its audit log for longer
  if (withoutTokens(text) !== text)
    throw new UsageError(
      '--payload holds what looks like a credential, which the API server would write down; put it into a secret, and write ${NAME} in its place',
    );
  return payloadIn(text);
}

async function bytesOf(path: string, input: InputChannels): Promise<Buffer> {
  if (path === '-') return input.readStdin();
  try {
    return await input.readFile(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new UsageError(
      `--payload ${escapeText(path)} cannot be read (${String(error.code)}); name a file, or - for stdin`,
    );
  }
}

export function webhookOf(spec: AutomationSpec, payload: Payload | undefined): ParsedWebhook {
  const parsed = parseWebhook(payload === undefined ? spec : { ...spec, payload });
  if (parsed.kind === 'ok') return parsed.webhook;
  throw new ExitError(EXIT.failed, ['nothing is sent; correct these first:', ...parsed.faults].join('\n'));
}
