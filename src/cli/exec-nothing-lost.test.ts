/** `secretscope exec` and `mask` where something goes wrong around them: nothing is lost in silence, nothing stays behind. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atTerminalOf, Mount, secretscope, shell } from './exec-fixture.ts';
import { Pump } from './exec-pump.ts';

const PASSWORD = 'tulip-99-and-rose';

let mount: Mount;
let folder: string;
beforeAll(() => {
  mount = new Mount({ PASSWORD: `${PASSWORD}\n` });
  folder = mkdtempSync(join(tmpdir(), 'nothing-lost-'));
});
afterAll(() => {
  mount[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

describe('a value that ends with a line end, as files do', () => {
  const OUTPUT = `a ${PASSWORD}\nb\n${Buffer.from(`${PASSWORD}\n`).toString('base64')}\n`;

  it('M21 leaves the line ends of what exec shows', async () => {
    const { out } = await secretscope(mount.exec('cat'), OUTPUT);
    expect(out).toBe('a ***\nb\n***\n');
  });

  it('and of what mask shows', async () => {
    const { out } = await secretscope(['mask', '--from-dir', mount.folder], OUTPUT);
    expect(out).toBe('a ***\nb\n***\n');
  });

  it('is found by mask in every form, with the white space around it', async () => {
    using spaced = new Mount({ PASSWORD: `  ${PASSWORD}\n\n` });
    const form = Buffer.from(`  ${PASSWORD}\n\n`).toString('base64');
    const args = ['mask', '--from-dir', spaced.folder];
    expect((await secretscope(args, form)).out).toBe('***');
    expect((await secretscope([...args, '--exact'], form)).out).toBe(form);
  });
});

describe('output that cannot be written is told, also where all of it was held back until the end', () => {
  it.each([
    ['exec', () => `$SECRETSCOPE ${mount.exec('printf', 'tulip').join(' ')} > /dev/full`],
    ['mask', () => `printf tulip | $SECRETSCOPE mask --from-dir ${mount.folder} > /dev/full`],
  ])('by %s', async (_verb, line) => {
    const { code, err } = await shell(line());
    expect(code).toBe(1);
    expect(err).toContain('the output cannot be written: ENOSPC');
  });
});

it('input that cannot be read to its end is told', async () => {
  const [from, to] = [new PassThrough(), new PassThrough()];
  const { done } = new Pump(from, to, { write: (chunk) => [chunk], end: () => [Buffer.from('held')] });
  from.write('shown, ');
  from.destroy(new Error('EIO'));
  expect((await done)?.message).toBe('what is to be masked cannot be read: EIO; it is not complete');
});

describe('notes that nobody reads end nothing', () => {
  // whoever reads stderr is gone before anything is written there
  const UNREAD = '2> >(exec 0<&-; sleep 3)';

  it('of exec', async () => {
    using weak = new Mount({ PASSWORD: 'k9x' });
    const { out } = await shell(
      `sleep 0.2; $SECRETSCOPE exec --from-dir ${weak.folder} -- sh -c 'sleep 0.2; echo out' ${UNREAD}; echo $?`,
    );
    expect(out).toBe('out\n0\n');
  });

  it('of mask', async () => {
    const { out } = await shell(
      `(printf '::add-mask::\\n'; sleep 1; echo more) | $SECRETSCOPE mask --commands ${UNREAD}; echo $?`,
    );
    expect(out).toBe('more\n0\n');
  });
});

it('a signal that comes while a pipe is opened is for the command, and leaves no FIFO behind', async () => {
  const [programs, temporary] = [join(folder, 'programs'), join(folder, 'temporary')];
  for (const one of [programs, temporary]) mkdirSync(one);
  const mkfifo = join(programs, 'mkfifo');
  writeFileSync(mkfifo, `#!/bin/sh\nPATH=/usr/bin:/bin\nmkfifo "$@"\nkill -TERM $PPID\nsleep 0.2\n`);
  chmodSync(mkfifo, 0o755);
  const env = { PATH: `${programs}:${process.env['PATH']}`, TMPDIR: temporary };
  const { code, out } = await secretscope(mount.exec('sh', '-c', 'sleep 5; echo late'), '', env);
  expect([code, out]).toEqual([143, '']);
  expect(readdirSync(temporary)).toEqual([]);
});

it('a loader that complains of a secret, before there is a command, complains without it', async () => {
  using loaded = new Mount({ LD_PRELOAD: '/not/there/tulip-99.so' });
  const args = ['exec', '--quiet', '--from-dir', loaded.folder, '--include', 'LD_PRELOAD', '--', 'true'];
  const { code, out } = await atTerminalOf(args);
  expect(code).toBe(0);
  expect(out).not.toContain('tulip');
});
