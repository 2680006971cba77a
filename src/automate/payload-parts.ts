/**
 * Owns: a payload as the bytes of its body with holes in them. A hole is always inside a JSON string and is filled with
 * an escaped value, so that no value can break out of its string (spec row Q5).
 */
import { scanParts, type Vocabulary, type WebhookPart } from './webhook-parts.ts';

/** Bytes of a payload as it is written; what is put in comes on top. */
export const MAX_PAYLOAD_BYTES = 32_768;
/** Lists and objects within each other; the payload itself is the first. */
export const MAX_PAYLOAD_DEPTH = 32;

export interface PayloadParts {
  readonly parts: readonly WebhookPart[];
  /** Each with where it is. */
  readonly faults: readonly string[];
}

/** All parts of the body, or every fault of the payload at once. Member names are left as they are. */
export function payloadParts(
  payload: Readonly<Record<string, unknown>>,
  vocabulary: Vocabulary,
): PayloadParts {
  const unfit = unfitness(payload);
  if (unfit !== undefined) return { parts: [], faults: [unfit] };
  const body = new BodyParts(vocabulary);
  body.add(payload, 'payload');
  return body;
}

/** Why it is not looked at any closer: one that is huge could have more faults than can be told. */
function unfitness(payload: unknown): string | undefined {
  if (isDeeperThan(MAX_PAYLOAD_DEPTH, payload))
    return `payload is more than ${MAX_PAYLOAD_DEPTH} levels deep; make it flatter`;
  const bytes = Buffer.byteLength(JSON.stringify(payload));
  if (bytes > MAX_PAYLOAD_BYTES)
    return `payload has ${bytes} bytes as JSON, and ${MAX_PAYLOAD_BYTES} is the most; make it shorter`;
  return undefined;
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner));
}

/** Collects parts from the start of the body to its end; JSON.stringify would write the same around the holes. */
class BodyParts implements PayloadParts {
  readonly parts: WebhookPart[] = [];
  readonly faults: string[] = [];
  readonly #vocabulary: Vocabulary;

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
  }

  add(value: unknown, where: string): void {
    if (typeof value === 'string') this.#text(value, where);
    else if (Array.isArray(value)) this.#list(value, where);
    else if (typeof value === 'object' && value !== null) this.#object(value, where);
    else if (value === null || typeof value === 'boolean' || Number.isFinite(value))
      this.#json(String(value));
    else this.faults.push(`${where} is nothing that JSON can hold; write it as a text`);
  }

  #text(text: string, where: string): void {
    const { parts, faults } = scanParts(text, this.#vocabulary);
    this.faults.push(...faults.map((fault) => `${where} ${fault}`));
    this.#json('"');
    for (const part of parts) {
      if (part.kind === 'text') this.#json(JSON.stringify(part.text).slice(1, -1));
      else this.parts.push(part);
    }
    this.#json('"');
  }

  #list(items: readonly unknown[], where: string): void {
    this.#json('[');
    for (const [index, item] of items.entries()) {
      if (index > 0) this.#json(',');
      this.add(item, `${where}.${index}`);
    }
    this.#json(']');
  }

  #object(object: object, where: string): void {
    this.#json('{');
    for (const [index, [member, value]] of Object.entries(object).entries()) {
      this.#json(`${index > 0 ? ',' : ''}${JSON.stringify(member)}:`);
      this.add(value, `${where}.${shownMember(member)}`);
    }
    this.#json('}');
  }

  #json(text: string): void {
    const last = this.parts.at(-1);
    if (last?.kind === 'text') this.parts[this.parts.length - 1] = { kind: 'text', text: last.text + text };
    else this.parts.push({ kind: 'text', text });
  }
}

/** A member's name on one line of a message: somebody else's text, which may be long or hold anything. */
function shownMember(member: string): string {
  const shown = member.replace(/[^!-~]/g, '?');
  return shown.length <= 63 ? shown : `${shown.slice(0, 60)}...`;
}
