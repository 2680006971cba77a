import { SECRETS } from '../../src/kube/kube-objects.ts';
import type { DemoSource } from './demo-source.ts';
import { ReviewersChat } from './reviewers-chat.ts';

/** Secrets of the same cluster: nothing else is needed. */
export async function kubernetesSource(): Promise<DemoSource> {
  const chat = await ReviewersChat.open();
  return {
    samples: 'deploy/samples/demo',
    chat,
    // a minute by default; here the policies were applied a moment ago, and nobody wants to wait
    flags: ['--policy-settle', '1s', ...chat.flags],
    place: 'in its source',
    opening: [],
    adapted: (manifests) => manifests,
    fill: async () => undefined,
    rotate: async ({ kube }, url) => {
      await kube.mergePatch(SECRETS, { namespace: 'team-web-prod', name: 'db' }, { stringData: { url } });
    },
    closing: () => [],
    tries: [],
    close: () => chat.close(),
  };
}
