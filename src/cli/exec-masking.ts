/** Owns: how the streams of one run are masked. Used by: exec-verb.ts, mask-verb.ts. */
import { CommandFilter } from '../mask/command-filter.ts';
import { ADDITIONS } from '../mask/extra-forms.ts';
import { Masker } from '../mask/masker.ts';
import { proxyPasswords } from '../mask/proxy-passwords.ts';
import { type ByteFilter, FilterChain } from './exec-pump.ts';

export interface MaskFlags {
  readonly exact?: boolean;
  readonly detect: boolean;
}

/** GitHub's rules and nothing more, or with all that can be added to them; passwords of proxies are known to both. */
export function maskerFor({ exact = false, detect }: MaskFlags): Masker {
  const masker = new Masker(exact ? {} : { additions: ADDITIONS, detect });
  for (const password of proxyPasswords(process.env)) masker.addValue(password);
  return masker;
}

/** One stream of them; what one of them says to mask is masked in all. */
export function filterFor(masker: Masker, commands: boolean, warn: (text: string) => void): ByteFilter {
  if (!commands) return masker.stream();
  const filter = new CommandFilter({
    addMask: (data) => void masker.addMask(data),
    maskToken: (token) => masker.addValue(token),
    warning: (text) => warn(`warning: ${text}`),
  });
  return new FilterChain(filter, masker.stream());
}
