/**
 * The chat of the reviewers: a receiver of webhooks, with a certificate of its own. It takes a message only with its
 * token, signed with its key, and says what it finds. Every run has another token and another key.
 */
import { randomBytes } from 'node:crypto';
import { status } from '../../test/scenarios-support/webhook-answers.ts';
import {
  hasBearer,
  isSigned,
  type Receipt,
  WebhookReceiver,
} from '../../test/scenarios-support/webhook-receiver.ts';

/** What it found of one request. */
export interface Judgement {
  readonly rightToken: boolean;
  readonly rightSignature: boolean;
  /** In the signed body the same id as in the header, and one that never came before. */
  readonly newDelivery: boolean;
  readonly delivery: string;
  readonly bytes: number;
  /** What it would show to people; blank where it is no message. */
  readonly text: string;
}

export class ReviewersChat {
  readonly token = `chat-${randomBytes(12).toString('hex')}`;
  readonly key = randomBytes(24).toString('hex');
  readonly judged: Judgement[] = [];
  readonly #receiver: WebhookReceiver;
  readonly #taken = new Set<string>();

  private constructor(receiver: WebhookReceiver) {
    this.#receiver = receiver;
  }

  static async open(): Promise<ReviewersChat> {
    const receiver = await WebhookReceiver.start({ names: ['127.0.0.1'] });
    const chat = new ReviewersChat(receiver);
    receiver.usually((exchange) => {
      // what it answers to is what it has just kept
      const judgement = chat.#judge(receiver.receipts.at(-1));
      chat.judged.push(judgement);
      status(isTaken(judgement) ? 204 : 401)(exchange);
    });
    return chat;
  }

  /** `host:port` */
  get address(): string {
    return `127.0.0.1:${this.#receiver.port}`;
  }

  /** Flags of an operator that may send to it, though it is on this machine. */
  get flags(): readonly string[] {
    return this.#receiver.flags;
  }

  close(): Promise<void> {
    return this.#receiver.close();
  }

  #judge(receipt: Receipt | undefined): Judgement {
    if (!receipt) throw new Error('the receiver answers to a request that it has not kept');
    const rightSignature = isSigned(receipt, { key: this.key });
    // what somebody else may have written is not read
    const { id, text } = rightSignature ? messageIn(receipt.body) : { id: '', text: '' };
    const delivery = receipt.headers['x-secretscope-delivery'] ?? '';
    const judgement = {
      rightToken: hasBearer(receipt, this.token),
      rightSignature,
      newDelivery: id !== '' && id === delivery && !this.#taken.has(id),
      delivery,
      bytes: receipt.body.byteLength,
      text,
    };
    if (isTaken(judgement)) this.#taken.add(id);
    return judgement;
  }
}

export function isTaken({ rightToken, rightSignature, newDelivery }: Judgement): boolean {
  return rightToken && rightSignature && newDelivery;
}

function messageIn(body: Buffer): Pick<Judgement, 'text'> & { readonly id: string } {
  const { id = '', text = '' } = JSON.parse(body.toString()) as {
    readonly id?: string;
    readonly text?: string;
  };
  return { id, text };
}
