/** Which structured format a value is written in. What is masked of such a value is the whole and its lines, not its fields. */
import { trim } from './white-space.ts';

export type StructuredFormat = 'JSON' | 'YAML' | 'dotenv' | 'XML' | 'PEM';

/** A longer value is one of these rarely, and never worth reading twice. */
const MAX_LENGTH = 1_048_576;

export function structuredFormat(value: string): StructuredFormat | undefined {
  if (value.length > MAX_LENGTH) return undefined;
  const text = trim(value);
  if (isPem(text)) return 'PEM';
  if (parseJsonContainer(text)) return 'JSON';
  if (/^<(?:\?xml|!DOCTYPE|[A-Za-z_])/.test(text) && text.endsWith('>')) return 'XML';
  const lines = linesOf(text);
  if (lines.length < 2) return undefined;
  if (lines.every((line) => DOTENV_LINE.test(line))) return 'dotenv';
  return isYamlMap(lines) ? 'YAML' : undefined;
}

/** Lines that say something: no empty ones, no comments. Indentation stays. */
export function linesOf(text: string): readonly string[] {
  return text.split(/[\r\n]+/).filter((line) => {
    const trimmed = trim(line);
    return trimmed !== '' && !trimmed.startsWith('#');
  });
}

/** The object or array that a text is as JSON. Why it is none nobody learns: the parser's words would quote the value. */
export function parseJsonContainer(text: string): object | undefined {
  if (!/^[[{]/.test(text)) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}

export const DOTENV_LINE = /^\s*(?:export\s+)?[A-Za-z_][\w.-]*\s*=/;
export const YAML_KEY = /^\s*(?:- +)?(?:[A-Za-z_][\w./-]*|"[^"]+"|'[^']+')\s*:(?=\s|$)/;

function isYamlMap(lines: readonly string[]): boolean {
  const [first = '', ...rest] = lines.filter((line) => !/^(?:---|\.\.\.)\s*$/.test(line));
  if (!YAML_KEY.test(first) || rest.length === 0) return false;
  return rest.every((line) => YAML_KEY.test(line) || /^(?:\s|-\s)/.test(line));
}

function isPem(text: string): boolean {
  return /^-----BEGIN [A-Z0-9 ]+-----/.test(text);
}
