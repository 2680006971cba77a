/** Where the demo's secrets come from: the cluster itself, or a cloud's stand-in in this process. */
import type { ControlPlane } from '../../test/cluster/control-plane.ts';
import type { Manifest } from '../../test/cluster/manifests.ts';
import type { DemoClient } from './demo-client.ts';
import type { ReviewersChat } from './reviewers-chat.ts';

export interface DemoSource {
  /** folder of the sample organization */
  readonly samples: string;
  /** where reviewers hear what waits for them; production is protected where there is one, and waits for approval */
  readonly chat: ReviewersChat | undefined;
  /** flags of the operator */
  readonly flags: readonly string[];
  /** after `rotating the production database URL` */
  readonly place: string;
  /** what is said before the manifests are applied; nothing where there is nothing to say */
  readonly opening: readonly string[];
  /** The sample as this source wants it applied. */
  adapted(manifests: readonly Manifest[]): readonly Manifest[];
  /** Before the operator starts, after everything is applied. */
  fill(cluster: ControlPlane): Promise<void>;
  /** A new production database URL, as its owner would store it. */
  rotate(client: DemoClient, url: string): Promise<void>;
  /** what is worth saying once everything was delivered */
  closing(): readonly string[];
  /** what else there is to try while it stays up */
  readonly tries: readonly string[];
  close(): Promise<void>;
}
