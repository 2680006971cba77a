/**
 * How the AWS clients are set up: everything is said here, so that nothing is looked up. The SDK would otherwise ask
 * AWS_* variables, ~/.aws and the metadata service for what is missing. Called by whoever opens a client.
 *
 * https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { collectCapped } from './aws-capped-body.ts';

/** What requests go through. */
export interface AwsAgents {
  readonly https: HttpsAgent;
  /** for endpoints of tests */
  readonly http: HttpAgent;
}

/** Where AWS is for a backend, and the way there. */
export interface AwsReach {
  readonly region: string;
  /** instead of the region's own host; only a ClusterSecretBackend and tests may say so */
  readonly endpoint?: string | undefined;
  /**
   * They check whom they connect to, know the endpoint's authority, and are closed by whoever made them. Without them
   * there are own ones, which trust what Node trusts.
   */
  readonly agents?: AwsAgents | undefined;
}

export interface AwsSockets extends AwsAgents {
  /** Ends what was opened here. */
  close(): void;
}

// 8 calls of a scheduler, each with up to 5 requests at a time (aws-parallel.ts): 40, and room for a check
const MAX_SOCKETS = 48;
const CONNECT_TIMEOUT_MS = 5_000;
// below the scheduler's 30 s, so that the code says what was waited for
const ANSWER_TIMEOUT_MS = 20_000;
const quiet = () => undefined;
// the SDK's default logger for sockets is the console
const SILENT = { trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet };

const userAgent = async (): Promise<[string][]> => [['secretscope']];

/** Copies a variable of Lambda's into every request. Takes it out of a client. */
export function withoutTracing(client: { middlewareStack: { remove(name: string): boolean } }): void {
  client.middlewareStack.remove('recursionDetectionMiddleware');
}

export function awsSockets({ agents }: AwsReach): AwsSockets {
  if (agents) return { ...agents, close: quiet };
  const options = { keepAlive: true, maxSockets: MAX_SOCKETS };
  const own = { https: new HttpsAgent(options), http: new HttpAgent(options) };
  const close = () => {
    own.https.destroy();
    own.http.destroy();
  };
  return { ...own, close };
}

export function awsSettings({ region, endpoint }: AwsReach, { https, http }: AwsAgents) {
  return {
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ignoreConfiguredEndpointUrls: true,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    // one attempt: the scheduler retries, with jitter and for all who wait
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'standard' as const,
    authSchemePreference: [],
    // a clock that is off by more than five minutes is noticed and made good for the next attempt
    disableClockSkewCorrection: false,
    userAgentAppId: async () => undefined,
    // without the kernel's and Node's versions, and without AWS_EXECUTION_ENV
    defaultUserAgentProvider: userAgent,
    logger: SILENT,
    streamCollector: collectCapped,
    requestHandler: {
      httpAgent: http,
      httpsAgent: https,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: ANSWER_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      logger: SILENT,
    },
  };
}
