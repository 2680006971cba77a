/**
 * The names of secrets and of the things around them, as plain rules.
 *
 * Secret names follow GitHub's rules (spec rows G11–G16, Q6) and are upper case in every API field, so that
 * they compare exactly; only the command line accepts lower case and upper-cases it first.
 */

/** What a secret's name looks like in every API field. */
export const SECRET_NAME = /^[A-Z_][A-Z0-9_]*$/;
/** A Kubernetes data key can hold no more (spec row Q6). */
export const MAX_SECRET_NAME = 253;
/** Bytes of UTF-8 plaintext a value may have (spec rows G56, Q1). */
export const MAX_VALUE_BYTES = 49_152;
/** What an Azure key vault takes (spec row K13): https://learn.microsoft.com/azure/key-vault/secrets/about-secrets */
export const MAX_AZURE_VALUE_BYTES = 25_600;
/** What the API server accepts as the sum of a Secret's values. */
export const MAX_TARGET_BYTES = 1_048_576;

/** Why a name is refused. */
export type NameFault = 'EMPTY' | 'INVALID_CHARACTER' | 'LEADING_DIGIT' | 'RESERVED_PREFIX' | 'TOO_LONG';

/** Every reason at once why `entered` (any case) cannot be a secret's name; empty when it can. */
export function nameFaults(entered: string): NameFault[] {
  if (entered === '') return ['EMPTY'];
  const faults: NameFault[] = [];
  // the test comes before upper-casing: toUpperCase() turns U+017F into an ASCII S (spec row K10)
  if (!/^[A-Za-z0-9_]+$/.test(entered)) faults.push('INVALID_CHARACTER');
  if (/^[0-9]/.test(entered)) faults.push('LEADING_DIGIT');
  if (/^github_/i.test(entered)) faults.push('RESERVED_PREFIX');
  if (entered.length > MAX_SECRET_NAME) faults.push('TOO_LONG');
  return faults;
}

/** The stored form of an entered name (spec row G14). */
export function canonicalName(entered: string): string {
  return entered.replace(/[a-z]/g, (letter) => letter.toUpperCase());
}

/** Ordinal order on stored names: digits, letters, underscore (spec row Q2). */
export function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Names that loaders and interpreters obey. They are delivered only from an explicit entry and an explicit
 * `include`, never because somebody created a key under a discovered prefix.
 */
const LOADER_NAMES = [
  /^LD_/,
  /^DYLD_/,
  /^GLIBC_TUNABLES$/,
  /^GCONV_PATH$/,
  /^OPENSSL_CONF$/,
  /^NODE_OPTIONS$/,
  /^NODE_PATH$/,
  /^BASH_ENV$/,
  /^BASHOPTS$/,
  /^SHELLOPTS$/,
  /^PROMPT_COMMAND$/,
  /^PS4$/,
  /^ENV$/,
  /^PATH$/,
  /^HOME$/,
  /^SHELL$/,
  /^IFS$/,
  /^PYTHON/,
  /^PERL5/,
  /^PERLLIB$/,
  /^RUBY/,
  /^LUA_INIT/,
  /^CLASSPATH$/,
  /^JAVA_TOOL_OPTIONS$/,
  /^JDK_JAVA_OPTIONS$/,
  /^_JAVA_OPTIONS$/,
  /^DOTNET_STARTUP_HOOKS$/,
  /^CORECLR_/,
  /^COR_/,
  /^GIT_/,
  /^KUBERNETES_/,
];

/** Whether a loader or interpreter would obey a variable of this name. */
export function isLoaderName(name: string): boolean {
  return LOADER_NAMES.some((pattern) => pattern.test(name));
}
