import { describe, expect, it } from 'vitest';
import { aFetcher, asker, aLine as line, MINUTE, shown } from '../../test/contract/a-fetcher.ts';

const POLLED = { capabilities: { pushesChanges: false } };
const lines = ['acme/a', 'acme/b', 'acme/c'].map((key) => line({ key }));

function stored() {
  const all = aFetcher(POLLED);
  for (const { key } of lines) all.backend.store(key, `value of ${key}`);
  return all;
}

describe('the versions of lines', () => {
  it('if some are going to be read anyway, come with that read; the others are described', async () => {
    const { clock, fetcher, backend } = stored();
    const versions = fetcher.versions(lines, asker(), ({ key }) => key !== 'acme/b');
    await clock.pass(0);
    expect(await versions).toEqual([
      { kind: 'known', version: 'v1' },
      { kind: 'known', version: 'v2' },
      { kind: 'known', version: 'v3' },
    ]);
    expect([backend.keysOf('read'), backend.keysOf('describe')]).toEqual([['acme/a', 'acme/c'], ['acme/b']]);
  });

  it('THREATS 18: a new key of 2,000 scopes costs one read in all, for its version and its value', async () => {
    const { clock, fetcher, backend } = stored();
    const got = new Set<string | undefined>();
    for (let scope = 0; scope < 2_000; scope++) {
      const [version] = await fetcher.versions([line({ key: 'acme/a' })], asker(`team-${scope}`), () => true);
      const wanted = version?.kind === 'known' ? version.version : '';
      const [value] = await fetcher.values([{ line: line({ key: 'acme/a' }), version: wanted }], asker());
      got.add(shown(value));
      if (value?.kind === 'value') value.value.wipe();
      await clock.pass(1);
    }
    expect([...got]).toEqual(['value of acme/a@v1']);
    expect(backend.calls).toEqual([{ operation: 'read', keys: ['acme/a'] }]);
    await clock.pass(10_000);
    expect(fetcher.load().heldBytes).toBe(0);
  });

  it('if they are not said to be read, are told without a value', async () => {
    const { clock, fetcher, backend } = stored();
    const versions = fetcher.versions(lines, asker());
    await clock.pass(0);
    await versions;
    expect(backend.keysOf('read')).toEqual([]);
  });

  it('THREATS 1: if the line is not granted, nothing is read, whatever was going to be', async () => {
    const { fetcher, backend } = aFetcher(POLLED, () => false);
    backend.store('acme/a', 'x');
    expect(await fetcher.versions(lines, asker(), () => true)).toMatchObject(
      lines.map(() => ({ kind: 'failed', reason: 'KeyNotGranted' })),
    );
    expect(backend.calls).toEqual([]);
  });

  it('if there is none, says why, as describing would', async () => {
    const { clock, fetcher } = stored();
    const missing = [line({ key: 'nothing' })];
    const [read] = await fetcher.versions(missing, asker(), () => true);
    await clock.pass(MINUTE);
    const [described] = await fetcher.versions(missing, asker());
    expect(read).toEqual(described);
    expect(read).toMatchObject({ kind: 'failed', reason: 'SecretMissing' });
  });
});

describe('what a fetcher tells of a backend object', () => {
  it('if it was never asked, has no count and no events', () => {
    const { fetcher } = stored();
    expect([fetcher.callsToday('uid-1'), fetcher.eventsOf('uid-1')]).toEqual([undefined, 'none']);
  });

  it('if it was, has the requests of its account today', async () => {
    const { clock, fetcher } = stored();
    const versions = fetcher.versions(lines, asker());
    await clock.pass(0);
    await versions;
    expect(fetcher.callsToday('uid-1')).toEqual({
      date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      count: 0,
    });
    fetcher.forgetBackend('uid-1');
    expect(fetcher.callsToday('uid-1')).toBeUndefined();
  });
});
