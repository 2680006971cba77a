/**
 * How Google Secret Manager names things, and how its names are grouped. Pure; called by the Google backend.
 *
 * https://cloud.google.com/secret-manager/docs/reference/rpc/google.cloud.secretmanager.v1
 */

/** A project's secrets, or those that it keeps in one region. */
export interface GcpPlace {
  readonly project: string;
  /** such as `europe-west3`; undefined means global secrets */
  readonly location?: string | undefined;
}

// an id, an id of a domain (`example.com:shop`) or a number
const PROJECT = /^(?:[a-z][a-z0-9.-]{0,61}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$|^[1-9][0-9]{0,18}$/;
const LOCATION = /^[a-z]{2,20}-[a-z]{2,30}[0-9]{1,3}$/;
const SECRET_ID = /^[A-Za-z0-9_-]{1,255}$/;
const NUMBER = /^[1-9][0-9]{0,18}$/;
const ALIAS = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;

/** A place from which a host and resource names may be built. */
export function isPlace({ project, location }: GcpPlace): boolean {
  return PROJECT.test(project) && (location === undefined || LOCATION.test(location));
}

/** https://cloud.google.com/secret-manager/regional-secrets/create-regional-secret names the regional hosts. */
export function hostOf({ location }: GcpPlace): string {
  return location === undefined
    ? 'secretmanager.googleapis.com'
    : `secretmanager.${location}.rep.googleapis.com`;
}

export function parentOf({ project, location }: GcpPlace): string {
  return location === undefined ? `projects/${project}` : `projects/${project}/locations/${location}`;
}

/** A name that a secret can have. What cannot be one is absent without a call. */
export function isSecretId(key: string): boolean {
  return SECRET_ID.test(key);
}

export function secretName(place: GcpPlace, key: string): string {
  return `${parentOf(place)}/secrets/${key}`;
}

export function versionPath(place: GcpPlace, key: string, version: string): string {
  return `${secretName(place, key)}/versions/${version}`;
}

/** A number, or an alias; `latest` is one of those. */
export function isVersionName(version: string): boolean {
  return NUMBER.test(version) || ALIAS.test(version);
}

/**
 * The number at the end of a version's name, if it is one of this secret's. Answers name the project by its number, so
 * that part is not compared.
 */
export function versionNumber(name: string, key: string): string | undefined {
  const [secrets, secret, versions, number = '', ...rest] = name.split('/').slice(-4);
  const fits = secrets === 'secrets' && secret === key && versions === 'versions' && rest.length === 0;
  return fits && NUMBER.test(number) ? number : undefined;
}

/** The id at the end of a secret's name. */
export function secretIdOf(name: string): string | undefined {
  const [secrets, id = ''] = name.split('/').slice(-2);
  return secrets === 'secrets' && SECRET_ID.test(id) ? id : undefined;
}

/**
 * Lets Google leave out most of what does not match: `name:` finds a part anywhere, in any case, so isBelow (key-prefix.ts) decides.
 * Undefined where the prefix would mean something else in the filter language (a word of it, or a minus in front).
 *
 * https://cloud.google.com/secret-manager/docs/filtering
 */
export function nameFilter(prefix: string): string | undefined {
  const plain = /^[A-Za-z0-9_][A-Za-z0-9_-]*$/.test(prefix) && !/^(AND|OR|NOT)$/i.test(prefix);
  return plain ? `name:${prefix}` : undefined;
}
