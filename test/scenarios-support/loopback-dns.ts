/**
 * Owns: a name server on loopback that lies as it is told: one answer now, another the next time, nothing, no such name.
 * Used by: tests of where the operator may connect to. Node's own resolver asks it, over UDP.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { promises as dns, type LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';

/** What one round of questions (A and AAAA of a name) is answered with; `nothing` is no packet at all. */
export type DnsAnswer = readonly string[] | 'no such name' | 'nothing';

const TYPE_A = 1;
const TYPE_AAAA = 28;
const HEADER_BYTES = 12;
const NO_SUCH_NAME = 3;

interface Question {
  readonly name: string;
  readonly type: number;
  /** the question as it came, to be repeated in the answer */
  readonly bytes: Buffer;
}

export class LoopbackDns implements AsyncDisposable {
  /** Names in the order in which they were asked for, without the dot at the end. */
  readonly asked: string[] = [];
  readonly #socket: Socket;
  readonly #zone = new Map<string, readonly DnsAnswer[]>();
  readonly #rounds = new Map<string, number>();
  readonly #resolver = new dns.Resolver({ timeout: 1_000, tries: 2 });

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (packet, from) => this.#answer(packet, from));
  }

  static async start(): Promise<LoopbackDns> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const server = new LoopbackDns(socket);
    server.#resolver.setServers([`127.0.0.1:${socket.address().port}`]);
    return server;
  }

  /** From now on; the last of several answers stays. */
  serve(name: string, ...answers: readonly DnsAnswer[]): void {
    this.#zone.set(name, answers);
    for (const type of [TYPE_A, TYPE_AAAA]) this.#rounds.delete(`${name} ${type}`);
  }

  /** How many rounds of questions there were. */
  rounds(name: string): number {
    return this.#rounds.get(`${name} ${TYPE_A}`) ?? 0;
  }

  /** For the connector in the place of the system's resolver: both families, as `dns.lookup` answers them. */
  readonly resolve = async (name: string): Promise<LookupAddress[]> => {
    const [four, six] = await Promise.all([
      settled(this.#resolver.resolve4(name)),
      settled(this.#resolver.resolve6(name)),
    ]);
    return [
      ...four.map((address) => ({ address, family: 4 })),
      ...six.map((address) => ({ address, family: 6 })),
    ];
  };

  async [Symbol.asyncDispose](): Promise<void> {
    this.#resolver.cancel();
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }

  #answer(packet: Buffer, { address, port }: RemoteInfo): void {
    const question = questionOf(packet);
    this.asked.push(question.name);
    const answer = this.#next(question);
    if (answer === 'nothing') return;
    this.#socket.send(replyTo(packet, question, answer), port, address);
  }

  #next({ name, type }: Question): DnsAnswer {
    const key = `${name} ${type}`;
    const round = this.#rounds.get(key) ?? 0;
    this.#rounds.set(key, round + 1);
    const answers = this.#zone.get(name) ?? ['no such name'];
    return answers[Math.min(round, answers.length - 1)] ?? 'no such name';
  }
}

async function settled(asked: Promise<string[]>): Promise<string[]> {
  try {
    return await asked;
  } catch (error) {
    // a name may be of one family alone; where it is of none, the connector says so
    if (error instanceof Error) return [];
    throw error;
  }
}

function questionOf(packet: Buffer): Question {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = packet[at] ?? 0; length > 0; length = packet[at] ?? 0) {
    labels.push(packet.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  const bytes = packet.subarray(HEADER_BYTES, at + 5);
  return { name: labels.join('.').toLowerCase(), type: packet.readUInt16BE(at + 1), bytes };
}

function replyTo(packet: Buffer, { type, bytes }: Question, answer: Exclude<DnsAnswer, 'nothing'>): Buffer {
  const isNone = answer === 'no such name';
  const records = isNone ? [] : answer.filter((one) => isIPv6(one) === (type === TYPE_AAAA)).map(recordOf);
  const header = Buffer.alloc(HEADER_BYTES);
  packet.copy(header, 0, 0, 2);
  // an answer, with authority, to a question that may recurse
  header.writeUInt16BE(0x8580 | (isNone ? NO_SUCH_NAME : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([header, bytes, ...records]);
}

/** Of the name in the question, class IN, to be kept by nobody (TTL 0). */
function recordOf(address: string): Buffer {
  const data = isIPv6(address) ? sixteenBytes(address) : Buffer.from(address.split('.').map(Number));
  const head = Buffer.from([0xc0, HEADER_BYTES, 0, data.length === 4 ? TYPE_A : TYPE_AAAA, 0, 1, 0, 0, 0, 0]);
  return Buffer.concat([head, Buffer.from([0, data.length]), data]);
}

/** As URLs write an address, in hexadecimal groups, whatever dress it came in. */
function sixteenBytes(address: string): Buffer {
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [left = '', right = ''] = plain.split('::');
  const groups = (text: string) => text.split(':').filter((group) => group !== '');
  const zeros = Array.from({ length: 8 - groups(left).length - groups(right).length }, () => '0');
  const all = [...groups(left), ...(plain.includes('::') ? zeros : []), ...groups(right)];
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
}
