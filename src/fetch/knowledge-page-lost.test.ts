import { expect, it } from 'vitest';
import type { Refusal, SurveyPage } from './port.ts';
import { anAccount, MINUTE, SurveyedBackend } from './surveyed-backend-fixture.ts';

/** As a vault of Azure: the listing is an iterator, so a page that failed cannot be asked for again. */
class Vault extends SurveyedBackend {
  fails = false;
  over = 0;
  override async survey(cursor: string | undefined, signal: AbortSignal): Promise<SurveyPage | Refusal> {
    if (cursor !== undefined && this.fails) {
      this.over++;
      return { kind: 'unavailable', code: this.over === 1 ? 'ECONNRESET' : 'ListingOver' };
    }
    return super.survey(cursor, signal);
  }
}
it('if one page of a look fails, that is one failure of the provider, and no reason to keep away from it', async () => {
  const vault = new Vault();
  vault.fails = true;
  const { clock, events, describeAll } = anAccount(200, vault);
  void describeAll();
  await clock.advance(MINUTE);
  expect(events).toEqual([]);
});
