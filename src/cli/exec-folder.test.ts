/** Folders in which Secrets are mounted, read without a process. */
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Mount } from './exec-fixture.ts';
import { readMount } from './exec-folder.ts';
import { valuesOfFolders } from './exec-folders.ts';

const keysOf = async (folder: string) =>
  (await readMount(folder)).map(({ key, value }) => `${key}=${value.reveal().toString()}`);

describe('a mounted folder', () => {
  it('has a key for each file, in order, and none for folders and what begins with a dot', async () => {
    using mount = new Mount({ B: 'two', A: 'one', '.hidden': 'none' });
    mkdirSync(join(mount.folder, '..data', 'folder'));
    expect(await keysOf(mount.folder)).toEqual(['A=one', 'B=two']);
  });

  it('is never read in two versions, however often the kubelet turns it meanwhile', async () => {
    using mount = new Mount({});
    rmSync(join(mount.folder, '..data'));
    const keys = Array.from({ length: 20 }, (_, at) => `K${at}`);
    const version = (turn: number) => join(mount.folder, `..v${turn}`);
    const turnTo = (turn: number) => {
      mkdirSync(version(turn));
      for (const key of keys) writeFileSync(join(version(turn), key), String(turn));
      // in one step, as the kubelet does it
      symlinkSync(`..v${turn}`, join(mount.folder, '..data_tmp'));
      renameSync(join(mount.folder, '..data_tmp'), join(mount.folder, '..data'));
    };
    turnTo(0);
    for (let turn = 1; turn <= 20; turn += 1) {
      const reading = readMount(mount.folder);
      turnTo(turn);
      const values = (await reading).map(({ value }) => value.reveal().toString());
      expect(values).toHaveLength(keys.length);
      expect(new Set(values).size).toBe(1);
    }
  });

  it('is read again where the version that was looked at is gone meanwhile', async () => {
    using mount = new Mount({ A: 'one' });
    const gone = join(mount.folder, '..2026_11_22');
    const reading = keysOf(mount.folder);
    mkdirSync(join(mount.folder, '..next'));
    writeFileSync(join(mount.folder, '..next', 'A'), 'two');
    symlinkSync('..next', join(mount.folder, '..data_tmp'));
    renameSync(join(mount.folder, '..data_tmp'), join(mount.folder, '..data'));
    rmSync(gone, { recursive: true });
    expect(await reading).toEqual(['A=two']);
  });

  it.each<[string, (folder: string) => string, string]>([
    ['that is not there', (folder) => join(folder, 'none'), 'there is no folder'],
    ['that is a file', (folder) => join(folder, 'A'), 'is no folder'],
  ])('%s is told as what it is', async (_what, pathOf, message) => {
    using mount = new Mount({ A: 'one' });
    await expect(readMount(pathOf(mount.folder))).rejects.toThrow(message);
  });
});

it('a folder without any key is most likely not the one that is meant', async () => {
  using mount = new Mount({});
  const wanted = { all: true, include: [], missing: 'error' } as const;
  await expect(valuesOfFolders([mount.folder], wanted, () => undefined)).rejects.toThrow(
    'holds no key; is the Secret mounted there?',
  );
});

describe('the names that are included', () => {
  const taken = async (mount: Mount, include: readonly string[]) => {
    const notes: string[] = [];
    const wanted = { all: false, include, missing: 'error' } as const;
    const values = await valuesOfFolders([mount.folder], wanted, (text) => notes.push(text));
    return [...values].map(([name, value]) => `${name}=${value.reveal().toString()}`);
  };

  it('are those that were typed before those of the same letters in capitals', async () => {
    using mount = new Mount({ a_key: 'small', A_KEY: 'capital', B_KEY: 'other' });
    expect(await taken(mount, ['a_key', 'b_key'])).toEqual(['a_key=small', 'B_KEY=other']);
  });
});
