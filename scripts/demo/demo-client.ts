import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../src/kube/clock.ts';
import type { KubeClient } from '../../src/kube/kube-client.ts';
import { loadKubeConfig } from '../../src/kube/kube-config.ts';
import { SECRETS } from '../../src/kube/kube-objects.ts';
import { type OpenClient, openClient } from '../../src/kube/open-client.ts';
import { SCOPES } from '../../src/watch/resources.ts';
import { scopeView } from '../../src/watch/views.ts';
import type { DemoSource } from './demo-source.ts';

const ROTATED = 'postgres://web:rotated@db/web';
const ARRIVAL_MS = 30_000;

/** What the demo does to the cluster as its admin. */
export class DemoClient {
  readonly kube: KubeClient;
  readonly #open: OpenClient;

  private constructor(open: OpenClient) {
    this.#open = open;
    this.kube = open.client;
  }

  static async connect(kubeconfig: string): Promise<DemoClient> {
    const endpoint = await loadKubeConfig({ kubeconfig }, systemClock);
    return new DemoClient(
      openClient({ endpoint, clock: systemClock, random: Math.random, userAgent: 'secretscope-demo' }),
    );
  }

  close(): Promise<void> {
    return this.#open.close();
  }

  async untilReady(scope: { namespace: string; name: string }, withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const { conditions } = scopeView(await this.kube.get(SCOPES, scope));
      const ready = conditions.find(({ type }) => type === 'Ready');
      if (ready?.status === 'True') return;
      if (performance.now() > deadline) {
        throw new Error(
          `scope ${scope.namespace}/${scope.name} is not ready: ${ready?.message ?? 'the operator has not looked at it'}`,
        );
      }
      await pause(50);
    }
  }

  /** Changes the source and answers after how many milliseconds the target has the new value. */
  async rotate(source: DemoSource): Promise<number> {
    await source.rotate(this, ROTATED);
    const started = performance.now();
    while (performance.now() - started < ARRIVAL_MS) {
      const target = await this.kube.get(SECRETS, { namespace: 'team-web-prod', name: 'web' });
      const value = 'data' in target ? (target.data as Record<string, string>)['DATABASE_URL'] : undefined;
      if (Buffer.from(value ?? '', 'base64').toString() === ROTATED) return performance.now() - started;
      await pause(10);
    }
    throw new Error(`the rotated value did not arrive within ${ARRIVAL_MS / 1000} s`);
  }
}
