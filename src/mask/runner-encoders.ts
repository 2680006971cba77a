/**
 * The forms in which the runner of GitHub Actions looks for a value besides the value itself, after `ValueEncoders.cs` of
 * actions/runner 2.336.0 (src/Sdk/DTLogging/Logging), in the order in which src/Runner.Common/HostContext.cs registers
 * them. Every form is made of the value, none of another form. Lengths count UTF-16 units, as .NET does.
 */

type Encoder = (value: string) => string;

const ENCODERS: readonly Encoder[] = [
  (value) => base64From(value, 0),
  (value) => base64From(value, 1),
  (value) => base64From(value, 2),
  commandLineArgument,
  expressionString,
  jsonString,
  uriData,
  xmlData,
  withoutDoubleQuotes,
  beforeAmpersand,
  afterAmpersand,
];

/** Without the value itself, empty forms and repetitions. */
export function runnerForms(value: string): readonly string[] {
  if (value === '') return [];
  const forms = new Set(ENCODERS.map((encode) => encode(value)));
  forms.delete('');
  forms.delete(value);
  return [...forms];
}

/** What follows a prefix of any length begins at one of three places of a group, so three forms find base64 of `user:value`. */
function base64From(value: string, shift: number): string {
  const bytes = Buffer.from(value, 'utf8');
  return bytes.subarray(bytes.length > shift ? shift : 0).toString('base64');
}

/** As `docker -e` is given it. */
function commandLineArgument(value: string): string {
  return value.replaceAll('"', '\\"');
}

function expressionString(value: string): string {
  return value.replaceAll("'", "''");
}

const JSON_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
};

/** Newtonsoft's `JsonConvert.ToString` without its quotes: unlike JSON.stringify it escapes three separators above ASCII. */
export function jsonString(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped
  return value.replace(/["\\\u0000-\u001f\u0085\u2028\u2029]/g, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return JSON_ESCAPES[character] ?? `\\u${code}`;
  });
}

/**
 * `Uri.EscapeDataString`: everything but the unreserved characters of RFC 3986. A lone surrogate becomes U+FFFD, as in .NET.
 * The runner does it in segments of 65,519 characters that split no surrogate pair; joined they are the same text.
 */
function uriData(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const XML_ENTITIES: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '&': '&amp;',
};

function xmlData(value: string): string {
  return value.replace(/[<>"'&]/g, (character) => XML_ENTITIES[character] ?? character);
}

const MIN_QUOTED = 9;

function withoutDoubleQuotes(value: string): string {
  const quoted = value.length >= MIN_QUOTED && value.startsWith('"') && value.endsWith('"');
  return quoted ? value.slice(1, -1) : '';
}

/** PowerShell colours a command line that failed, and so prints a value with `&` in two sections. Shorter ones are left. */
const MIN_SECTION = 6;

function beforeAmpersand(value: string): string {
  const joined = value.indexOf('&+');
  const section = joined >= 0 ? value.slice(0, joined + 2) : value.slice(0, value.lastIndexOf('&') + 1);
  return section.length >= MIN_SECTION ? section : '';
}

function afterAmpersand(value: string): string {
  if (!value.includes('&')) return '';
  const joined = value.indexOf('&+');
  // one more than the separator: the character that gets the colour
  const section = value.slice(joined >= 0 ? joined + 3 : value.lastIndexOf('&') + 1);
  return section.length >= MIN_SECTION ? withoutHalfCharacter(section) : '';
}

/** Where the coloured character is a surrogate pair, the runner's form begins with half of it; no UTF-8 text has that. */
function withoutHalfCharacter(section: string): string {
  return /^[\udc00-\udfff]/.test(section) ? section.slice(1) : section;
}
