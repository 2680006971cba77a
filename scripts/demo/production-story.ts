/** What people do with a production that is protected, in order: `begin` before the levels are looked at, `end` after. */
import type { ControlPlane } from '../../test/cluster/control-plane.ts';
import { claimForJob, untilExpired } from './claim-for-job.ts';
import type { DemoClient } from './demo-client.ts';
import type { DemoOperator } from './demo-operator.ts';
import type { Voice } from './demo-verb.ts';
import { reviewProduction } from './review-production.ts';
import type { ReviewersChat } from './reviewers-chat.ts';
import { runMasked } from './run-masked.ts';
import { tellReviewers } from './tell-reviewers.ts';
import { writeValues } from './write-values.ts';

export class ProductionStory {
  readonly #cluster: ControlPlane;
  readonly #client: DemoClient;
  readonly #operator: DemoOperator;
  readonly #chat: ReviewersChat;
  readonly #voice: Voice;

  constructor(
    cluster: ControlPlane,
    client: DemoClient,
    operator: DemoOperator,
    chat: ReviewersChat,
    voice: Voice,
  ) {
    this.#cluster = cluster;
    this.#client = client;
    this.#operator = operator;
    this.#chat = chat;
    this.#voice = voice;
  }

  async begin(): Promise<void> {
    for (const part of [reviewProduction, claimForJob, writeValues])
      await this.#operator.race(part(this.#cluster, this.#client, this.#voice));
  }

  async end(): Promise<void> {
    await this.#operator.race(runMasked(this.#cluster, this.#client, this.#voice));
    await this.#operator.race(untilExpired(this.#client, this.#voice));
    await this.#operator.race(tellReviewers(this.#cluster, this.#client, this.#chat, this.#voice));
  }
}
