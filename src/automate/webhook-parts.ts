/** Owns: what `${…}` means in a webhook, and what is wrong with one (spec rows WX4, WX8, Q4, K6). */
import { VARIABLE_NAME } from '../model/kinds/webhook-automation.ts';
import { MAX_SECRET_NAME, SECRET_NAME } from '../model/names.ts';
import {
  filtersAfter,
  type ScannedTemplate,
  scanTemplate,
  splitPlaceholder,
  type TemplateFilter,
  type TextPart,
} from '../model/template.ts';
import { ALL_VARIABLES } from './event-variables.ts';

/** `${ACCESS_TOKEN}` in a payload: the access token, whatever its secret is called (spec row WX2). */
export const ACCESS_TOKEN = 'ACCESS_TOKEN';

/** More is no variable, and too long to be told. */
const MAX_VARIABLE = 63;

/** A value that is put in, after its filters in order. */
export interface Hole {
  readonly kind: 'secret' | 'variable';
  readonly name: string;
  readonly filters: readonly TemplateFilter[];
}

/** A piece of a header or of the body: text as it is, or what is put in. */
export type WebhookPart = TextPart | Hole;

/** What a webhook may use. */
export interface Vocabulary {
  readonly secrets: ReadonlySet<string>;
  /** The secret that is the access token. */
  readonly accessToken: string | undefined;
}

/** A text of a webhook in its parts, or all of its faults. */
export function scanParts(text: string, vocabulary: Vocabulary): ScannedTemplate<WebhookPart> {
  return scanTemplate<Hole>(text, (inside) => readHole(inside, vocabulary));
}

function readHole(inside: string, vocabulary: Vocabulary): Hole | string {
  const [written, words] = splitPlaceholder(inside);
  const meant = whatIsMeant(written, vocabulary);
  if (typeof meant === 'string') return meant;
  const filters = filtersAfter(written, words);
  if (typeof filters === 'string') return filters;
  return { ...meant, filters };
}

function whatIsMeant(written: string, vocabulary: Vocabulary): Pick<Hole, 'kind' | 'name'> | string {
  if (VARIABLE_NAME.test(written) && written.length <= MAX_VARIABLE)
    return ALL_VARIABLES.has(written) ? { kind: 'variable', name: written } : noVariable(written);
  if (!SECRET_NAME.test(written) || written.length > MAX_SECRET_NAME)
    return 'has a placeholder that is neither ${NAME} of a secret, in upper case, nor ${variable} of an event; write $${ for a literal ${';
  return secretMeant(written, vocabulary);
}

function secretMeant(
  written: string,
  { secrets, accessToken }: Vocabulary,
): Pick<Hole, 'kind' | 'name'> | string {
  if (written === ACCESS_TOKEN)
    return accessToken === undefined
      ? 'uses ${ACCESS_TOKEN} although there is no access token; set accessToken, or leave it out'
      : { kind: 'secret', name: accessToken };
  if (secrets.has(written)) return { kind: 'secret', name: written };
  return written === accessToken
    ? `uses the access token as \${${written}}; write \${${ACCESS_TOKEN}}, or list ${written} in secrets as well`
    : `uses \${${written}}, which is not in secrets; list it there, or write $\${ for a literal \${`;
}

function noVariable(name: string): string {
  return `uses \${${name}}, which no event has; variables are ${[...ALL_VARIABLES].join(', ')}`;
}
