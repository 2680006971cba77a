import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idle } from '../../../../test/contract/contract-calls.ts';
import { openBackend } from '../../../../test/peers/aws-subject.ts';
import { FakeAws } from '../../../../test/peers/fake-aws.ts';
import type { SurveyEntry } from '../../port.ts';
import type { AwsBackend } from './aws-backend.ts';

describe('a look at a whole account of AWS', () => {
  let fake: FakeAws;
  let backend: AwsBackend;
  beforeEach(async () => {
    fake = await FakeAws.open();
    backend = openBackend(fake.url, { removal: { kind: 'scheduled', days: 30 } });
    for (let at = 0; at < 250; at++) put(`key${at}`);
  });
  afterEach(async () => {
    await backend.close();
    await fake.close();
  });

  function put(key: string): string {
    const { store } = fake.secrets;
    return store.add(store.secrets.get(key) ?? store.create(key), { SecretString: 'x' }).id;
  }

  async function whole(): Promise<SurveyEntry[]> {
    const entries: SurveyEntry[] = [];
    for (let cursor: string | undefined, more = true; more; ) {
      const page = await backend.survey(cursor, idle());
      if (page.kind !== 'page') throw new Error(`no page but ${page.kind}`);
      entries.push(...page.entries);
      cursor = page.next;
      more = cursor !== undefined;
    }
    return entries;
  }

  it('shows every secret with its version, a hundred a call, and reads no value', async () => {
    const entries = await whole();
    expect([entries.length, new Set(entries.map(({ key }) => key)).size]).toEqual([250, 250]);
    expect(fake.calls.map(({ operation }) => operation)).toEqual(Array(3).fill('ListSecrets'));
    expect(backend.requests()).toBe(3);
  });

  it('tells the version that describing tells', async () => {
    const version = put('key7');
    const entry = (await whole()).find(({ key }) => key === 'key7');
    expect(entry?.version).toBe(version);
    expect(await backend.describe([{ key: 'key7' }], idle())).toEqual([{ kind: 'found', version }]);
  });

  it('if a secret is marked for deletion, does not show it', async () => {
    await backend.remove({ key: 'key7' }, idle());
    expect((await whole()).map(({ key }) => key)).not.toContain('key7');
  });

  it.each([
    ['AccessDeniedException', { kind: 'denied' }],
    ['InternalServiceError', { kind: 'unavailable', code: 'InternalServiceError' }],
  ])('if the list is refused with %s, says so', async (name, answer) => {
    fake.trouble.set('ListSecrets', { kind: 'error', name });
    expect(await backend.survey(undefined, idle())).toEqual(answer);
  });

  it('is told by versions, so that none is needed before something is known', () => {
    expect(backend.capabilities.surveyTells).toBe('versions');
  });
});
