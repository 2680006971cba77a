/**
 * Which version of a secret is the current one, by its properties alone. Owned by an azure backend.
 *
 * A vault tells when a version was made in whole seconds, and lists versions in no order. So where two were made in
 * the newest second, only a read tells which of them counts: the answer is then a word that no read returns, which
 * causes one read, and what that read said is remembered until another version turns up in that second.
 */
import type { SecretProperties } from '@azure/keyvault-secrets';
import type { NoAnswer, VersionAnswer } from '../../port.ts';

interface Tie {
  readonly among: ReadonlySet<string>;
  /** what a read said that began after all of them were known */
  current: string | undefined;
}

const DISABLED: NoAnswer = Object.freeze({ kind: 'disabled' });
const NOT_A_SECRET: NoAnswer = Object.freeze({ kind: 'unavailable', code: 'BadAnswer' });
// a tie outlives its second only in a secret that is not written again; 100 bytes each
const MAX_TIES = 10_000;

/**
 * A version that is disabled, not valid yet or no longer is not handed out, so its key keeps what it had. For secrets
 * Key Vault itself only enforces the first; of the others its page says that the data should not be retrieved.
 * https://learn.microsoft.com/azure/key-vault/secrets/about-secrets#secret-attributes
 */
export function standingOf(properties: SecretProperties, now: number): VersionAnswer {
  const { version } = properties;
  if (!version) return NOT_A_SECRET;
  return isUsable(properties, now) ? { kind: 'found', version } : DISABLED;
}

export function isUsable({ enabled, notBefore, expiresOn }: SecretProperties, now: number): boolean {
  const early = notBefore !== undefined && notBefore.getTime() > now;
  const late = expiresOn !== undefined && expiresOn.getTime() <= now;
  return enabled !== false && !early && !late;
}

export class AzureVersions {
  readonly #ties = new Map<string, Tie>();

  /** `versions` are all that the secret has: none means that there is no such secret. */
  current(key: string, versions: readonly SecretProperties[], now: number): VersionAnswer {
    const newest = newestOf(versions);
    const [first] = newest;
    if (!first) return { kind: 'absent' };
    if (newest.length === 1) {
      this.#ties.delete(key);
      return standingOf(first, now);
    }
    const known = this.#tieAmong(key, newest);
    const winner = newest.find(({ version }) => version === known.current);
    const undecided = `undecided-${first.createdOn?.getTime() ?? 0}-${newest.length}`;
    return winner ? standingOf(winner, now) : { kind: 'found', version: undecided };
  }

  /** To be called when a read begins; the result takes what it found. */
  reading(key: string): (version: string) => void {
    const tie = this.#ties.get(key);
    return (version) => {
      if (tie?.among.has(version)) tie.current = version;
    };
  }

  #tieAmong(key: string, newest: readonly SecretProperties[]): Tie {
    const among = new Set(newest.flatMap(({ version }) => version ?? []));
    const known = this.#ties.get(key);
    if (known && among.size === known.among.size && [...among].every((id) => known.among.has(id)))
      return known;
    const tie: Tie = { among, current: undefined };
    this.#ties.set(key, tie);
    const [oldest] = this.#ties.keys();
    if (oldest !== undefined && this.#ties.size > MAX_TIES) this.#ties.delete(oldest);
    return tie;
  }
}

function newestOf(versions: readonly SecretProperties[]): readonly SecretProperties[] {
  const madeAt = ({ createdOn }: SecretProperties) => createdOn?.getTime() ?? 0;
  const newest = versions.reduce((latest, version) => Math.max(latest, madeAt(version)), 0);
  return versions.filter((version) => madeAt(version) === newest);
}
