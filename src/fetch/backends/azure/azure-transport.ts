/**
 * What the SDK sends its requests through instead of its own pipeline: that one reads proxies from the environment,
 * follows redirects, retries and logs. Here a refusal becomes an AzureFailure before the SDK sees the server's text.
 * Called by azure-client.ts.
 */
import type { HttpClient, PipelineRequest, PipelineResponse } from '@azure/core-rest-pipeline';
import { type AzureMeans, type AzureResponse, azureExchange } from './azure-exchange.ts';
import { AzureFailure, retryAfterMs, vaultCauseIn } from './azure-failure.ts';

/** The part of the library that is loaded with the first Azure backend. */
export type PipelineLibrary = typeof import('@azure/core-rest-pipeline');

export function azureTransport(
  vaultUrl: string,
  means: AzureMeans,
  { createHttpHeaders }: PipelineLibrary,
  onRequest: () => void,
): HttpClient {
  const { origin } = new URL(vaultUrl);
  return {
    async sendRequest(request: PipelineRequest): Promise<PipelineResponse> {
      // the next page is wherever the answer says it is
      if (new URL(request.url).origin !== origin) throw new AzureFailure({ code: 'ForeignLink' });
      onRequest();
      const answer = await vaultExchange(means, request);
      const isChallenge = answer.status === 401 && !request.headers.has('authorization');
      if (!isChallenge) refuse(answer);
      const headers = createHttpHeaders(plain(answer.headers));
      const bodyAsText = isChallenge ? '{}' : answer.body;
      return { request, status: answer.status, headers, bodyAsText };
    },
  };
}

/** A vault has a host of its own: one that nobody knows is a wrong name, not an outage. */
async function vaultExchange(means: AzureMeans, request: PipelineRequest): Promise<AzureResponse> {
  try {
    return await azureExchange(means, {
      url: request.url,
      method: request.method,
      headers: request.headers.toJSON({ preserveCase: true }),
      // the SDK writes JSON; its null is the first request, which has no token and therefore no body
      body: typeof request.body === 'string' ? request.body : undefined,
      signal: request.abortSignal as AbortSignal | undefined,
    });
  } catch (error) {
    const unknown = error instanceof AzureFailure && error.code === 'ENOTFOUND';
    throw unknown ? new AzureFailure({ code: 'NotResolved' }) : error;
  }
}

function refuse({ status, headers, body }: AzureResponse): void {
  if (status >= 200 && status < 300) return;
  throw new AzureFailure({
    statusCode: status,
    code: `Http${status}`,
    cause: vaultCauseIn(body),
    retryAfterMs: retryAfterMs(headers['retry-after']),
  });
}

function plain(headers: AzureResponse['headers']): Record<string, string> {
  const named: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string') named[name] = value;
  }
  return named;
}
