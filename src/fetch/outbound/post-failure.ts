/**
 * Why there was no answer to a webhook, in one word of a closed list. Called by post-webhook.ts. Takes codes alone: the
 * text of an error may quote a receiver, a certificate or an address.
 */
import type { ClientRequest } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { AttemptOutcome } from '../../model/kinds/automation-status-schema.ts';
import { type OutboundCode, outboundCode } from './outbound-error.ts';

export type PostFailure = Exclude<AttemptOutcome, 'Answered'>;

// a handshake that OpenSSL or the other side breaks off; ERR_TLS_ is ours, about the name in the certificate
const HANDSHAKE = /^(ERR_SSL_|ERR_TLS_|EPROTO$)/;
// what llhttp calls everything that is not HTTP, or too much of it
const PARSER = /^HPE_/;

export function postFailure(error: unknown, { socket }: Pick<ClientRequest, 'socket'>): PostFailure {
  const own = outboundCode(error);
  if (own !== undefined) return failureOf(own);
  // set where the chain, the dates or the purpose of the certificate did not stand: too many codes to list
  if (socket instanceof TLSSocket && socket.authorizationError) return 'TLSRefused';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (HANDSHAKE.test(code)) return 'TLSRefused';
  if (PARSER.test(code)) return 'AnswerRefused';
  return code === 'ETIMEDOUT' ? 'TimedOut' : 'ConnectionFailed';
}

function failureOf(code: OutboundCode): PostFailure {
  switch (code) {
    case 'AddressRefused':
    case 'HostRefused':
      return code;
    case 'NotResolved':
      return 'NameNotResolved';
    case 'ConnectTimeout':
      return 'TimedOut';
    case 'ProxyFailed':
      return 'ConnectionFailed';
    case 'AnswerTooLarge':
    case 'AnswerEncoded':
      return 'AnswerRefused';
    default:
      return code satisfies never;
  }
}
