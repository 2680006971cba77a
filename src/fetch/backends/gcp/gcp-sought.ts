/**
 * Which version a reference means at Google, and what it means that there is none. Called by whoever asks for versions,
 * with the value or without.
 */
import type { NoAnswer, SecretRef, VersionAnswer } from '../../port.ts';
import { isSecretId, isVersionName } from './gcp-names.ts';

export const LATEST = 'latest';
const ABSENT: NoAnswer = { kind: 'absent' };

/** `ask` is about one version by its number or alias, `latest` about the newest one. */
export async function sought<A extends { readonly kind: string }>(
  { key, version = LATEST }: SecretRef,
  ask: (version: string) => Promise<A | NoAnswer>,
  latest: () => Promise<VersionAnswer>,
): Promise<A | NoAnswer> {
  if (!isSecretId(key)) return ABSENT;
  const answer = isVersionName(version) ? await ask(version) : ABSENT;
  return answer.kind === 'absent' && version !== LATEST ? withoutVersion(await latest()) : answer;
}

/** Google says the same of a version and of a secret that is not there; the latest version tells which. */
function withoutVersion(latest: VersionAnswer): NoAnswer {
  return latest.kind === 'found' || latest.kind === 'disabled' ? { kind: 'versionGone' } : latest;
}
