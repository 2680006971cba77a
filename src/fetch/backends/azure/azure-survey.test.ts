import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idle } from '../../../../test/contract/contract-calls.ts';
import { openAzure } from '../../../../test/peers/azure-subject.ts';
import { FakeAzure } from '../../../../test/peers/fake-azure.ts';
import { refusal } from '../../../../test/peers/fake-azure-vault.ts';
import { systemClock } from '../../../kube/clock.ts';
import type { SurveyEntry } from '../../port.ts';
import type { AzureBackend } from './azure-backend.ts';

const MINUTE = 60_000;

describe('a look at a whole vault', () => {
  let fake: FakeAzure;
  let backend: AzureBackend;
  beforeEach(async () => {
    fake = await FakeAzure.open();
    backend = openAzure(fake);
    for (let at = 0; at < 60; at++) fake.vault.store(`Key-${at}`, 'x');
    fake.vault.certify('certificate');
  });
  afterEach(async () => {
    await backend.close();
    await fake.close();
  });

  /** Everything, page by page. */
  async function whole(): Promise<SurveyEntry[][]> {
    const pages: SurveyEntry[][] = [];
    for (let cursor: string | undefined, more = true; more; ) {
      const page = await backend.survey(cursor, idle());
      if (page.kind !== 'page') throw new Error(`no page but ${page.kind}`);
      pages.push([...page.entries]);
      cursor = page.next;
      more = cursor !== undefined;
    }
    return pages;
  }

  it('shows every secret once, 25 a call, without the keys of certificates, and reads no value', async () => {
    const pages = await whole();
    const keys = pages.flat().map(({ key }) => key);
    expect([keys.length, new Set(keys).size, keys[7]]).toEqual([60, 60, 'key-7']);
    const lists = fake.calls.filter(({ authorized }) => authorized).map(({ path }) => path.split('?')[0]);
    expect([lists, fake.valueReads]).toEqual([['/secrets', '/secrets', '/secrets'], 0]);
  });

  it('shows what was written in between by another mark', async () => {
    const later = { ...systemClock, now: () => Date.now() + MINUTE };
    backend = openAzure(fake, { clock: later });
    const before = new Map((await whole()).flat().map(({ key, mark: text }) => [key, text]));
    fake.vault.now = () => Math.floor(Date.now() / 1_000) + 30;
    fake.vault.store('Key-7', 'y');
    const changed = (await whole()).flat().filter(({ key, mark: text }) => before.get(key) !== text);
    expect(changed.map(({ key }) => key)).toEqual(['key-7']);
  });

  it('if another look has begun meanwhile, is over: two at once would mix their pages', async () => {
    const first = await backend.survey(undefined, idle());
    const second = await backend.survey(undefined, idle());
    const [one, two] = [first, second].map((page) => (page.kind === 'page' ? page.next : undefined));
    expect(await backend.survey(one, idle())).toEqual({ kind: 'unavailable', code: 'ListingOver' });
    expect(one).not.toBe(two);
  });

  it('if a page fails, is over, and another look may begin', async () => {
    const first = await backend.survey(undefined, idle());
    const cursor = first.kind === 'page' ? first.next : undefined;
    fake.trouble = refusal(403, 'Forbidden', 'ForbiddenByRbac');
    expect(await backend.survey(cursor, idle())).toEqual({ kind: 'denied' });
    fake.trouble = undefined;
    expect(await backend.survey(cursor, idle())).toEqual({ kind: 'unavailable', code: 'ListingOver' });
    expect((await whole()).flat()).toHaveLength(60);
  });

  it('if nobody wants it any more, ends with the signal’s reason', async () => {
    const gone = AbortSignal.abort(new Error('nobody waits'));
    await expect(backend.survey(undefined, gone)).rejects.toThrow('nobody waits');
  });
});
