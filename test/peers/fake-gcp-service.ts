/** The gRPC service as Google's own package describes it, and a server for it. Part of fake-gcp.ts and gcp-gateway.ts. */
import { createRequire } from 'node:module';
import { GrpcClient, grpc, type protobuf } from 'google-gax';

export interface Tls {
  readonly certificate: string;
  readonly key: string;
}

export function serviceDefinition(): grpc.ServiceDefinition {
  const load = createRequire(import.meta.url);
  const json = load('@google-cloud/secret-manager/build/protos/protos.json') as protobuf.INamespace;
  const auth = { getUniverseDomain: async () => 'googleapis.com' };
  const root = new GrpcClient({ auth: auth as never }).loadProtoJSON(json);
  const found = ['google', 'cloud', 'secretmanager', 'v1', 'SecretManagerService'].reduce<unknown>(
    (at, part) => Reflect.get(at as object, part),
    root,
  );
  return (found as grpc.ServiceClientConstructor).service;
}

/** On a free port of loopback. */
export function bound(server: grpc.Server, tls: Tls | undefined): Promise<number> {
  const { ServerCredentials } = grpc;
  const pair = tls && { cert_chain: Buffer.from(tls.certificate), private_key: Buffer.from(tls.key) };
  const credentials = pair
    ? ServerCredentials.createSsl(pair.cert_chain, [pair])
    : ServerCredentials.createInsecure();
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentials, (error, port) => (error ? reject(error) : resolve(port)));
  });
}
