/**
 * Why a connection to a cloud was not made or was cut. Thrown by the connector through whatever library used it.
 * Must not: carry a host, an address or anything of an answer. "Refused, it is 10.1.2.3" would resolve internal names
 * for whoever wrote the backend.
 */
const CODES = [
  // the name resolves to an address that is never connected to
  'AddressRefused',
  // the host, port or protocol is none that this client may reach
  'HostRefused',
  'NotResolved',
  'ConnectTimeout',
  // the configured proxy did not open a tunnel
  'ProxyFailed',
  // longer than any answer of a cloud
  'AnswerTooLarge',
  // compressed, although that was declined: it cannot be bounded before it is unpacked
  'AnswerEncoded',
] as const;
export type OutboundCode = (typeof CODES)[number];

export class OutboundError extends Error {
  override readonly name = 'OutboundError';
  readonly code: OutboundCode;

  constructor(code: OutboundCode) {
    super(`outbound connection: ${code}`);
    this.code = code;
  }
}

/** The code, however deep a library has wrapped the error or copied it; undefined when it is not one of ours. */
export function outboundCode(error: unknown, depth = 4): OutboundCode | undefined {
  if (!(error instanceof Error) || depth === 0) return undefined;
  // Azure makes an error of its own and takes over the code
  const code = 'code' in error ? CODES.find((one) => one === error.code) : undefined;
  return code ?? outboundCode(error.cause, depth - 1);
}
