/** Owns: credentials that a WebhookAutomation spells out instead of naming a secret (spec row W2). Used by: render-automation.ts. Pure. */
import { withoutTokens } from '../mask/foreign-text.ts';
import type { AutomationSpec } from '../model/kinds/webhook-automation.ts';
import type { Problem, Tell } from './offline-problem.ts';

/** What is found is never repeated. */
export function credentialProblems({ url, headers = [], payload }: AutomationSpec, tell: Tell): Problem[] {
  const warn = (path: string, message: string) => tell('warning', path, 'LiteralCredential', message);
  return [
    ...(isCredentialURL(url) ? [warn('spec.url', IN_URL)] : []),
    ...headers
      .filter(({ name, value }) => looksLiteral(value) || (isSecretHeader(name) && isPlain(value)))
      .map(({ name }) => warn(`spec.headers[${name}].value`, `header ${name} ${ADVICE}`)),
    ...textsIn(payload, 'payload')
      .filter(({ text }) => looksLiteral(text))
      .map(({ path }) => warn(`spec.${path}`, `${path} ${ADVICE}`)),
  ];
}

const ADVICE =
  'holds what looks like a credential, which everybody reads who reads the automation; keep it as a secret, list its name in spec.secrets, and write ${NAME} in its place';
const IN_URL =
  'this URL is itself a credential, which everybody reads who reads the automation; use an API of the receiver that takes an access token instead';

function looksLiteral(text: string): boolean {
  return withoutTokens(text) !== text || BEARER.test(text);
}

/** A token of nobody in particular, where only a token can stand. */
const BEARER = /\b(Bearer|Basic)\s+[\w.~+/=-]{16,}/i;

/** Of these the path is all that a sender has to know. */
const CREDENTIAL_URLS = [
  /^https:\/\/hooks\.slack\.com\/services\//,
  /^https:\/\/hooks\.zapier\.com\//,
  /^https:\/\/([a-z]+\.)?discord(app)?\.com\/api\/webhooks\//,
  /[?&](access_token|api_?key|key|secret|sig|signature|token)=/i,
];

function isCredentialURL(url: string): boolean {
  return looksLiteral(url) || CREDENTIAL_URLS.some((pattern) => pattern.test(url));
}

function isSecretHeader(name: string): boolean {
  return /^(proxy-)?authorization$|api-?key|token|secret|password/i.test(name);
}

function isPlain(value: string): boolean {
  return value.trim() !== '' && !value.includes('${');
}

interface PlacedText {
  readonly path: string;
  readonly text: string;
}

/** Every text in it, and every name of a member, with where it is. Levels beyond a hundred are refused as too deep anyway. */
function textsIn(value: unknown, path: string, depth = 0): PlacedText[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (typeof value !== 'object' || value === null || depth > 100) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    // what is itself a credential is no place to be told
    const inside = looksLiteral(name) ? `${path}.…` : `${path}.${name}`;
    return [
      ...(Array.isArray(value) ? [] : [{ path: inside, text: name }]),
      ...textsIn(inner, inside, depth + 1),
    ];
  });
}
