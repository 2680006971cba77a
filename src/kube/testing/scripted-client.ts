/**
 * A client of a scripted server, with a clock that stands still. For tests.
 */
import type { KubeClient } from '../kube-client.ts';
import type { KubeEndpoint } from '../kube-endpoint.ts';
import type { RequestRecord } from '../kube-http.ts';
import { openClient } from '../open-client.ts';
import { FakeClock } from './fake-clock.ts';
import { type Handler, ScriptedServer } from './scripted-server.ts';

export interface ScriptedClient extends AsyncDisposable {
  readonly client: KubeClient;
  readonly server: ScriptedServer;
  readonly clock: FakeClock;
  readonly records: RequestRecord[];
  readonly warnings: string[];
}

export async function scriptedClient(
  handler: Handler,
  identity?: KubeEndpoint['identity'],
): Promise<ScriptedClient> {
  const server = await ScriptedServer.start(handler);
  const clock = new FakeClock();
  const records: RequestRecord[] = [];
  const warnings: string[] = [];
  const { client, close } = openClient({
    endpoint: server.endpoint(identity),
    clock,
    random: () => 0.5,
    userAgent: 'secretscope/test',
    onRequest: (record) => records.push(record),
    onWarning: (text) => warnings.push(text),
  });
  const dispose = async () => {
    await close();
    await server.stop();
  };
  return { client, server, clock, records, warnings, [Symbol.asyncDispose]: dispose };
}

/** Answers the first request with the first handler, and so on; the last one serves all that follow. */
export function inTurn(...handlers: [Handler, ...Handler[]]): Handler {
  let turn = 0;
  return (request, response) => handlers[Math.min(turn++, handlers.length - 1)]?.(request, response);
}
