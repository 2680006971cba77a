/**
 * Owns: the request that an automation would send, with placeholders in the place of secrets. Used by: automation-dry-run.ts.
 * It makes the boxes that it opens itself, and no value ever comes here.
 */

import type { ParsedWebhook } from '../automate/parse-webhook.ts';
import { type Occasion, placeholders, renderWebhook } from '../automate/render-webhook.ts';
import { EXIT, ExitError } from './usage-error.ts';

/** As `-o json` prints it. */
export interface Preview {
  readonly method: 'POST';
  readonly url: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  /** Exactly as it would be sent and signed. */
  readonly body: string;
}

export function previewOf(webhook: ParsedWebhook, occasion: Occasion, version: string): Preview {
  const rendered = renderWebhook(webhook, occasion, placeholders(webhook), version);
  if (rendered.kind === 'failed')
    throw new ExitError(EXIT.failed, `nothing would be sent: ${rendered.reason}: ${rendered.message}`);
  const { url, headers, body } = rendered.request;
  return {
    method: 'POST',
    url,
    headers: headers.map(({ name, value }) => ({ name, value: value.reveal().toString('latin1') })),
    body: body.reveal().toString('utf8'),
  };
}
