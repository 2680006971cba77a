/**
 * Stands between a client and whatever plays Google, passes calls on as they are, and does to them what networks and
 * quotas do. Counts the values that were read. Called by tests whose Google cannot be in trouble by itself.
 */
import { grpc } from 'google-gax';
import type { TroubleKind } from '../contract/contract-subject.ts';
import { statusDetails } from './fake-gcp-details.ts';
import { bound, serviceDefinition } from './fake-gcp-service.ts';

const CODES: Record<TroubleKind, number> = { denied: 7, throttled: 8, unavailable: 14 };
const raw = (bytes: Buffer) => bytes;

export class GcpGateway {
  trouble: TroubleKind | undefined;
  valueReads = 0;
  port = 0;
  readonly #server = new grpc.Server();
  readonly #onward: grpc.Client;

  private constructor(port: number) {
    const options = { 'grpc.enable_http_proxy': 0 };
    this.#onward = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), options);
  }

  static async open(port: number): Promise<GcpGateway> {
    const gateway = new GcpGateway(port);
    const methods = Object.entries(serviceDefinition()).map(
      ([name, { path }]) => [name, unary(path)] as const,
    );
    const handlers = methods.map(([name, { path }]) => [name, gateway.#handler(path)] as const);
    gateway.#server.addService(Object.fromEntries(methods), Object.fromEntries(handlers));
    gateway.port = await bound(gateway.#server, undefined);
    return gateway;
  }

  async close(): Promise<void> {
    this.#onward.close();
    this.#server.forceShutdown();
  }

  #handler(path: string): grpc.handleUnaryCall<Buffer, Buffer> {
    return ({ request }, done) => {
      if (this.trouble) {
        const code = CODES[this.trouble];
        done({ code, details: 'planted', metadata: statusDetails(code, code === 8 ? 30_000 : undefined) });
        return;
      }
      this.#onward.makeUnaryRequest(path, raw, raw, request, (error, answer) => {
        if (!error && path.endsWith('/AccessSecretVersion')) this.valueReads++;
        done(error, answer);
      });
    };
  }
}

function unary(path: string): grpc.MethodDefinition<Buffer, Buffer> {
  return {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: raw,
    requestDeserialize: raw,
    responseSerialize: raw,
    responseDeserialize: raw,
  };
}
