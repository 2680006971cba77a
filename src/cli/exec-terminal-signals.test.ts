/** Signals of a command at a terminal, counted: a shell that is told twice at once says so once. */
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram } from './exec-command.ts';
import { atTerminal, atTerminalOf, Mount } from './exec-fixture.ts';

const MAIN = join(process.cwd(), 'src/main.ts');

let mount: Mount;
let folder: string;
beforeAll(() => {
  mount = new Mount({ DATABASE_URL: 'postgres-pw-9f3k2' });
  folder = mkdtempSync(join(tmpdir(), 'exec-signals-'));
});
afterAll(() => {
  mount[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

const counting = (signal: string) => [
  process.execPath,
  '-e',
  `let count = 0;
  const end = setTimeout(() => console.log('got none'), 10_000);
  const tell = () => { console.log('got ' + count); clearTimeout(end); };
  process.on('${signal}', () => { count += 1; if (count === 1) setTimeout(tell, 500); });
  console.log('ready');`,
];
const at = (...flags: string[]) => ['exec', '--quiet', ...flags, '--from-dir', mount.folder, '--'];

describe('what the keyboard or the terminal says comes once', () => {
  it.each<[string, string, string, string[]]>([
    ['Ctrl-C', '\u0003', 'SIGINT', []],
    ['Ctrl-\\', '\u001c', 'SIGQUIT', []],
    ['Ctrl-C at pipes', '\u0003', 'SIGINT', ['--no-tty']],
    ['Ctrl-\\ at pipes', '\u001c', 'SIGQUIT', ['--no-tty']],
  ])('%s', async (_what, keys, signal, flags) => {
    const { out } = await atTerminalOf([...at(...flags), ...counting(signal)], [{ after: 'ready', keys }]);
    expect(out).toContain('got 1');
  });

  it.each<[string, string[]]>([
    ['a new size', []],
    ['a new size at pipes', ['--no-tty']],
  ])('%s', async (_what, flags) => {
    const step = { after: 'ready', size: [40, 100] } as const;
    const { out } = await atTerminalOf([...at(...flags), ...counting('SIGWINCH')], [step]);
    expect(out).toContain('got 1');
  });
});

it('a terminal whose script was killed is put back as it was', async () => {
  const killing = 'kill -KILL $PPID; sleep 0.3';
  const { code, err } = await atTerminalOf([...at(), 'sh', '-c', killing]);
  expect([code, err]).toEqual([137, '']);
});

it('a signal that comes before the command is there waits for it', async () => {
  const begun = join(folder, 'begun');
  const script = findProgram('script', process.env['PATH']) ?? '';
  const slow = `#!/bin/sh\n[ "$1" = --version ] && exec ${script} --version\n: > ${begun}\nsleep 1\nexec ${script} "$@"\n`;
  writeFileSync(join(folder, 'script'), slow);
  chmodSync(join(folder, 'script'), 0o755);
  const told = `(until [ -e ${begun} ]; do sleep 0.05; done; kill -TERM $$) & exec "$@"`;
  const argv = [process.execPath, MAIN, ...at(), 'sh', '-c', 'sleep 3; exit 5'];
  const path = `${folder}:${process.env['PATH']}`;
  const { code } = await atTerminal(['sh', '-c', told, 'sh', ...argv], [], { PATH: path });
  expect([existsSync(begun), code]).toEqual([true, 143]);
});
