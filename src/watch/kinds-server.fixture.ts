/** For tests: list and watch of several kinds, each of which may be missing or refused. */
import type { ServerResponse } from 'node:http';
import { json, type Received, ScriptedServer, statusBody } from '../kube/testing/scripted-server.ts';
import { line } from '../kube/testing/watchable-server.ts';
import type { Raw } from './world-fixture.ts';

export type Refusal = 403 | 404 | 500;

export class KindsServer {
  readonly server: ScriptedServer;
  /** by plural; a kind without a list has no objects */
  readonly objects = new Map<string, Raw[]>();
  readonly refused = new Map<string, Refusal>();
  readonly watched: Received[] = [];
  readonly #open = new Map<string, ServerResponse>();

  private constructor(server: ScriptedServer) {
    this.server = server;
    server.handle((request, response) => this.#serve(request, response));
  }

  static async start(): Promise<KindsServer> {
    return new KindsServer(await ScriptedServer.start());
  }

  /** Something happens to an object of a kind that is watched. */
  event(plural: string, type: 'ADDED' | 'MODIFIED' | 'DELETED', object: Raw): void {
    this.#open.get(plural)?.write(line(type, object));
  }

  /** The watch ends, and whoever comes again is answered so. */
  refuse(plural: string, status: Refusal): void {
    this.refused.set(plural, status);
    this.#open.get(plural)?.end();
  }

  #serve(request: Received, response: ServerResponse): void {
    const plural = request.path.split('/').at(-1) ?? '';
    const refusal = this.refused.get(plural);
    if (refusal !== undefined) json(response, refusal, statusBody(refusal, reasonOf(refusal)));
    else this.#watch(plural, request, response);
  }

  #watch(plural: string, request: Received, response: ServerResponse): void {
    this.watched.push(request);
    this.#open.set(plural, response);
    response.writeHead(200, { 'content-type': 'application/json' });
    for (const object of this.objects.get(plural) ?? []) response.write(line('ADDED', object));
    const annotations = { 'k8s.io/initial-events-end': 'true' };
    response.write(line('BOOKMARK', { metadata: { resourceVersion: '100', annotations } }));
  }
}

function reasonOf(refusal: Refusal): string {
  switch (refusal) {
    case 403:
      return 'Forbidden';
    case 404:
      return 'NotFound';
    case 500:
      return 'InternalError';
    default:
      return refusal satisfies never;
  }
}
