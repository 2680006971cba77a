import { SECRETS } from '../../src/kube/kube-objects.ts';
import type { DemoSource } from './demo-source.ts';

/** Secrets of the same cluster: nothing else is needed. */
export const kubernetesSource: DemoSource = {
  samples: 'deploy/samples/demo',
  reviewed: true,
  // a minute by default; here the policies were applied a moment ago, and nobody wants to wait
  flags: ['--policy-settle', '1s'],
  place: 'in its source',
  opening: [],
  adapted: (manifests) => manifests,
  fill: async () => undefined,
  rotate: async ({ kube }, url) => {
    await kube.mergePatch(SECRETS, { namespace: 'team-web-prod', name: 'db' }, { stringData: { url } });
  },
  closing: () => [],
  tries: [],
  close: async () => undefined,
};
