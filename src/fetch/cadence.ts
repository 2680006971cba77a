/** How often what is known of an account is compared with the provider. Pure; called by knowledge.ts. */

export interface CadenceFacts {
  /** what the owner of a backend chose; the shortest, where several share the account */
  readonly chosenMs: number | undefined;
  /** changes arrive by themselves at this moment */
  readonly live: boolean;
  /** how often everything is compared while they do */
  readonly sweepMs: number;
  /** how many keys are known */
  readonly keys: number;
  /** whether one look at the account answers for them */
  readonly surveyed: boolean;
  /** whether the value may not be read for it, which is scarcer than reading it: no choice makes it more often */
  readonly unread: boolean;
}

const DEFAULT_MS = 5 * 60_000;
// 288,000 questions a day, whatever their number: 86 cents at Google's price of 3 cents for 10,000, 1.44 dollars at
// AWS' of 5. Up to 1,000 keys that is every five minutes; 50,000 keys are asked for every four hours
const MS_FOR_A_KEY = 300;

/** Milliseconds. */
export function checkEvery({ chosenMs, live, sweepMs, keys, surveyed, unread }: CadenceFacts): number {
  const affordable = surveyed ? DEFAULT_MS : Math.max(DEFAULT_MS, keys * MS_FOR_A_KEY);
  const unpushed = unread ? Math.max(chosenMs ?? 0, affordable) : (chosenMs ?? affordable);
  return live ? Math.max(unpushed, sweepMs) : unpushed;
}
