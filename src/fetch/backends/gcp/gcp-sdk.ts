/**
 * Google's client library, loaded when the first Google backend is opened and not before: 390 ms and 60 MB (measured)
 * that nobody else should pay. Called by gcp-channel.ts.
 *
 * The library listens to its surroundings in more ways than one: Application Default Credentials, a program named by a
 * file in the home directory (GOOGLE_API_USE_CLIENT_CERTIFICATE), other hosts (GOOGLE_CLOUD_UNIVERSE_DOMAIN,
 * GOOGLE_API_USE_MTLS_ENDPOINT), proxies and roots of gRPC's own (https_proxy, GRPC_DEFAULT_SSL_ROOTS_FILE_PATH), and
 * GOOGLE_SDK_NODE_LOGGING, which prints payloads. Whatever a backend did not say, each of these would decide; so each is
 * answered here, before it is asked. gcp-surroundings.test.ts sets them all.
 */
import { createSecureContext, getCACertificates } from 'node:tls';
import type { protos, SecretManagerServiceClient } from '@google-cloud/secret-manager';
import type { ClientOptions, grpc } from 'google-gax';

type Messages = {
  accessSecretVersion: [
    protos.google.cloud.secretmanager.v1.IAccessSecretVersionRequest,
    protos.google.cloud.secretmanager.v1.IAccessSecretVersionResponse,
  ];
  getSecretVersion: [
    protos.google.cloud.secretmanager.v1.IGetSecretVersionRequest,
    protos.google.cloud.secretmanager.v1.ISecretVersion,
  ];
  getSecret: [
    protos.google.cloud.secretmanager.v1.IGetSecretRequest,
    protos.google.cloud.secretmanager.v1.ISecret,
  ];
  listSecrets: [
    protos.google.cloud.secretmanager.v1.IListSecretsRequest,
    protos.google.cloud.secretmanager.v1.IListSecretsResponse,
  ];
  createSecret: [
    protos.google.cloud.secretmanager.v1.ICreateSecretRequest,
    protos.google.cloud.secretmanager.v1.ISecret,
  ];
  addSecretVersion: [
    protos.google.cloud.secretmanager.v1.IAddSecretVersionRequest,
    protos.google.cloud.secretmanager.v1.ISecretVersion,
  ];
  listSecretVersions: [
    protos.google.cloud.secretmanager.v1.IListSecretVersionsRequest,
    protos.google.cloud.secretmanager.v1.IListSecretVersionsResponse,
  ];
  disableSecretVersion: [
    protos.google.cloud.secretmanager.v1.IDisableSecretVersionRequest,
    protos.google.cloud.secretmanager.v1.ISecretVersion,
  ];
  deleteSecret: [protos.google.cloud.secretmanager.v1.IDeleteSecretRequest, protos.google.protobuf.IEmpty];
};
export type GcpMethod = keyof Messages;
export type GcpRequest<M extends GcpMethod> = Messages[M][0];
export type GcpReply<M extends GcpMethod> = Messages[M][1];

/** Where a channel connects to: nothing in here is looked up again. */
export interface GcpTarget {
  /** whose certificate is expected, and the authority of each call */
  readonly host: string;
  readonly port: number;
  readonly addresses: readonly [string, ...string[]];
  readonly family: 4 | 6;
  readonly security: GcpSecurity;
}

/** `plaintext` only for peers on loopback. */
export type GcpSecurity =
  | { readonly kind: 'tls'; readonly roots?: string | undefined }
  | { readonly kind: 'plaintext' };

export interface GcpSdk {
  open(target: GcpTarget): SecretManagerServiceClient;
}

const UNIVERSE = 'googleapis.com';
// a page of 250 secrets with all the labels and annotations they can carry: 250 * (16 + 8) KiB = 6 MiB
const MAX_ANSWER_BYTES = 8 * 1_048_576;
// 64 KiB of payload and the names around it
const MAX_REQUEST_BYTES = 131_072;

let loading: Promise<GcpSdk> | undefined;

/** Once for the process. */
export function loadGcpSdk(): Promise<GcpSdk> {
  loading ??= load();
  return loading;
}

async function load(): Promise<GcpSdk> {
  const [{ SecretManagerServiceClient }, gax] = await Promise.all([
    import('@google-cloud/secret-manager'),
    import('google-gax'),
  ]);
  const { grpc, loggingUtils, GoogleAuth, googleAuthLibrary } = gax.default ?? gax;
  loggingUtils.setBackend(null);
  grpc.setLogVerbosity(grpc.logVerbosity.NONE);
  // never asked for a token, each call brings its own; but it must not go and look for one either
  const auth = new GoogleAuth({
    authClient: new googleAuthLibrary.OAuth2Client(),
    clientOptions: { universeDomain: UNIVERSE },
    projectId: 'none',
  });
  return {
    open: (target) =>
      new SecretManagerServiceClient({
        ...channelOptions(target),
        sslCreds: credentialsOf(grpc.credentials, target.security),
        auth,
        universeDomain: UNIVERSE,
        // both set, or a program from the home directory is run to get them; sslCreds makes them unused
        cert: 'unused',
        key: 'unused',
        enableTelemetryLogging: false,
        enableTelemetryTracing: false,
      }),
  };
}

/**
 * gRPC and not REST with the connector's agent: payloads arrive as bytes that can be wiped, where REST has them as base64
 * in JSON strings, which nobody can; 80 calls share one connection; and deadlines reach the server. The channel is bound
 * to addresses that the connector has checked by naming them as the target: grpc-js then resolves nothing, expects the
 * host's certificate, and connects again to the same addresses only. A proxy of the connector's is not used by it.
 *
 * https://grpc.github.io/grpc/core/md_doc_naming.html
 */
function channelOptions({ host, port, addresses, family }: GcpTarget): ClientOptions {
  const shown = addresses.map((address) => (family === 6 ? `[${address}]` : address));
  return {
    // the library adds the last port itself
    servicePath: `ipv${family}:${shown.join(`:${port},`)}`,
    port,
    'grpc.default_authority': port === 443 ? host : `${host}:${port}`,
    'grpc.ssl_target_name_override': host,
    'grpc.enable_http_proxy': 0,
    'grpc.enable_retries': 0,
    'grpc.service_config_disable_resolution': 1,
    'grpc.max_receive_message_length': MAX_ANSWER_BYTES,
    'grpc.max_send_message_length': MAX_REQUEST_BYTES,
  };
}

/** From Node's own roots (with NODE_EXTRA_CA_CERTS) and ciphers; gRPC would read two more variables. */
function credentialsOf(
  { createFromSecureContext, createInsecure }: typeof grpc.credentials,
  security: GcpSecurity,
): grpc.ChannelCredentials {
  switch (security.kind) {
    case 'plaintext':
      return createInsecure();
    case 'tls': {
      const ca = security.roots ?? getCACertificates('bundled');
      return createFromSecureContext(createSecureContext({ ca, minVersion: 'TLSv1.2' }));
    }
    default:
      return security satisfies never;
  }
}
