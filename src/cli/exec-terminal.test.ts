/** `secretscope exec` at a real terminal: the command has one too, and its output is masked all the same. */
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram } from './exec-command.ts';
import { atTerminal, atTerminalOf, Mount } from './exec-fixture.ts';
import { scriptCall } from './exec-terminal.ts';

const DATABASE_URL = 'postgres-pw-9f3k2';

let mount: Mount;
let folder: string;
beforeAll(() => {
  mount = new Mount({ DATABASE_URL });
  folder = mkdtempSync(join(tmpdir(), 'exec-terminal-'));
});
afterAll(() => {
  mount[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

const sh = (line: string) => mount.exec('sh', '-c', line);

describe('a command at a terminal', () => {
  it('has one of the same size for input, output and errors, and colours stay', async () => {
    const line =
      'test -t 0 && test -t 1 && test -t 2 && echo all; stty size; printf "\\033[31m$DATABASE_URL\\033[0m\\n"';
    const { code, out, err } = await atTerminalOf(sh(line));
    expect([code, out, err]).toEqual([0, 'all\r\n33 77\r\n\u001b[31m***\u001b[0m\r\n', '']);
  });

  it('follows when the size changes', async () => {
    const line = `trap 'stty size; exit 0' WINCH; echo ready; while :; do sleep 0.1; done`;
    const { out } = await atTerminalOf(sh(line), [{ after: 'ready', size: [40, 100] }]);
    expect(out).toBe('ready\r\n40 100\r\n');
  });

  it('is asked and answered, and the terminal is left as it was', async () => {
    const line =
      'stty -echo; printf "password: "; read -r typed; stty echo; echo; [ "$typed" = "$DATABASE_URL" ] && echo right';
    const steps = [{ after: 'password: ', keys: `${DATABASE_URL}\r` }];
    const { code, out, err } = await atTerminalOf(sh(line), steps);
    expect([code, out, err]).toEqual([0, 'password: \r\nright\r\n', '']);
  });

  it('gets Ctrl-C once, and decides itself what it means', async () => {
    const line = `trap 'echo caught' INT; echo ready; for i in 1 2 3 4 5 6; do sleep 0.2; done; exit 5`;
    const { code, out, err } = await atTerminalOf(sh(line), [{ after: 'ready', keys: '\u0003' }]);
    expect([code, err]).toEqual([5, '']);
    expect(out.match(/caught/g)).toHaveLength(1);
  });

  it('ends by Ctrl-C and Ctrl-\\ where it does not, and the terminal is left as it was', async () => {
    const at = [{ after: 'ready', keys: '\u0003' }];
    expect(await atTerminalOf(sh('echo ready; exec sleep 20'), at)).toMatchObject({ code: 130, err: '' });
    const quit = [{ after: 'ready', keys: '\u001c' }];
    expect(await atTerminalOf(sh('ulimit -c 0; echo ready; exec sleep 20'), quit)).toMatchObject({
      code: 131,
      err: '',
    });
  });

  it('at pipes gets Ctrl-C once, too', async () => {
    const line = `trap 'echo caught' INT; echo ready; for i in 1 2 3 4 5 6; do sleep 0.2; done; exit 5`;
    const args = ['exec', '--no-tty', '--quiet', '--from-dir', mount.folder, '--', 'sh', '-c', line];
    const { code, out } = await atTerminalOf(args, [{ after: 'ready', keys: '\u0003' }]);
    expect(code).toBe(5);
    expect(out.match(/caught/g)).toHaveLength(1);
  });

  it.each(['INT', 'TERM', 'HUP', 'QUIT', 'USR1', 'USR2'])('gets SIG%s that is sent to us', async (name) => {
    const line = `trap 'echo got ${name}; exit 7' ${name}; echo ready; kill -${name} $OUTER; while :; do sleep 0.1; done`;
    const outer = `OUTER=$$ exec "$@"`;
    const { code, out } = await atTerminal([
      'sh',
      '-c',
      outer,
      'sh',
      process.execPath,
      join(process.cwd(), 'src/main.ts'),
      ...sh(line),
    ]);
    expect([code, out]).toEqual([7, `ready\r\ngot ${name}\r\n`]);
  });

  it.each([0, 1, 42, 255])('ends us with its exit code: %i', async (code) => {
    expect((await atTerminalOf(sh(`exit ${code}`))).code).toBe(code);
  });

  it('G53 gets its arguments as they were typed, and SHELL as it was', async () => {
    const args = [
      '',
      ' ',
      'a b',
      `it's`,
      '"',
      '$HOME',
      '`id`',
      '$(id)',
      '\\',
      '\\n',
      'line\nfeed',
      '!!',
      '*',
      '~',
      '-x',
      'é😀',
      '#',
      ';',
      '&',
    ];
    const path = join(folder, 'args');
    const script = `require('fs').writeFileSync(${JSON.stringify(path)}, JSON.stringify([process.argv.slice(1), process.env.SHELL, Object.keys(process.env).filter((name) => /^_SECRETSCOPE|^SCRIPT$/.test(name))]))`;
    const command = mount.exec(process.execPath, '-e', script, '--', ...args);
    await atTerminalOf(command, [], { SHELL: '/usr/bin/a shell' });
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual([args, '/usr/bin/a shell', []]);
  });

  it('G52 leaves no value in any command line, that of script included', async () => {
    const look = 'for p in /proc/[0-9]*; do tr "\\0" " " < $p/cmdline; done 2>/dev/null | base64 -w0';
    const { out } = await atTerminalOf(sh(look));
    const seen = Buffer.from(out, 'base64').toString();
    expect(seen).toContain('script -qefc');
    expect(seen).not.toContain(DATABASE_URL);
  });

  it('has errors of its own where ours go elsewhere', async () => {
    const path = join(folder, 'errors');
    const line =
      'test -t 1 && echo terminal; test -t 2 || echo "none $DATABASE_URL" >&2; echo by name > /dev/stderr';
    const args = [process.execPath, join(process.cwd(), 'src/main.ts'), ...sh(line)];
    const { out } = await atTerminal(['sh', '-c', `"$@" 2> ${path}`, 'sh', ...args]);
    expect([out, readFileSync(path, 'utf8')]).toEqual(['terminal\r\n', 'none ***\nby name\n']);
  });

  it('has an input of its own where ours comes from elsewhere, byte for byte', async () => {
    const line = 'test -t 0 || echo none; test -t 1 && echo terminal; stty size < /dev/tty; od -An -tx1';
    const args = [process.execPath, join(process.cwd(), 'src/main.ts'), ...sh(line)];
    const { out, err } = await atTerminal([
      'sh',
      '-c',
      `printf 'a\\003\\004\\000\\377' | "$@"`,
      'sh',
      ...args,
    ]);
    expect([out, err]).toEqual(['none\r\nterminal\r\n33 77\r\n 61 03 04 00 ff\r\n', '']);
  });

  it('has pipes where our output is none, with --no-tty, and in the background', async () => {
    const line = 'test -t 1 || echo none';
    const args = [process.execPath, join(process.cwd(), 'src/main.ts'), ...sh(line)];
    expect((await atTerminal(['sh', '-c', '"$@" | cat', 'sh', ...args])).out).toBe('none\r\n');
    const plain = ['exec', '--no-tty', '--quiet', '--from-dir', mount.folder, '--', 'sh', '-c', line];
    expect((await atTerminalOf(plain)).out).toBe('none\r\n');
    const behind = await atTerminal(['bash', '-c', 'set -m; "$@" & wait $!', 'bash', ...args]);
    expect(behind.out).toMatch(/^none\r\n/);
  });

  it('has pipes, and a note says so, where script is missing', async () => {
    for (const name of ['sh', 'mkfifo'])
      symlinkSync(findProgram(name, process.env['PATH']) ?? '', join(folder, name));
    const args = ['exec', '--from-dir', mount.folder, '--', 'sh', '-c', 'test -t 1 || echo none'];
    const main = join(process.cwd(), 'src/main.ts');
    const bare = ['/usr/bin/env', `PATH=${folder}`, process.execPath, main, ...args];
    const { code, out } = await atTerminal(bare);
    expect(code).toBe(0);
    expect(out).toContain('install script of util-linux');
    expect(out).toContain('none\r\n');
  });

  it('has pipes, and a note says so, where its arguments are too long together for a shell', async () => {
    const long = ['x'.repeat(70_000), 'x'.repeat(70_000)];
    const line = 'test -t 1 || echo "none of $#"';
    const args = ['exec', '--from-dir', mount.folder, '--', 'sh', '-c', line, 'sh', ...long];
    const { code, out } = await atTerminalOf(args);
    expect(code).toBe(0);
    expect(out).toContain('its arguments are too long to be handed to one');
    expect(out).toContain('none of 2\r\n');
  });

  it('M24 may say there what to mask', async () => {
    const line = 'echo "::add-mask::fresh one"; sleep 0.2; echo "a fresh one"';
    expect((await atTerminalOf(sh(line))).out).toBe('a ***\r\n');
  });

  it('is not kept by what the command leaves running there', async () => {
    const begun = performance.now();
    expect(await atTerminalOf(sh('sleep 60 & echo now; exit 6'))).toMatchObject({ code: 6, out: 'now\r\n' });
    expect(performance.now() - begun).toBeLessThan(8_000);
  });

  it('ends with 127 and 126 as at pipes', async () => {
    expect((await atTerminalOf(mount.exec('no-such-command'))).code).toBe(127);
    expect((await atTerminalOf(mount.exec('/etc/passwd'))).code).toBe(126);
  });
});

describe('the call of script', () => {
  const wish = {
    command: "it's",
    args: ['a b'],
    env: { PATH: '/bin' },
    hasOwnErrors: false,
    hasOwnInput: false,
  };

  it('of the BSDs takes a command with its arguments', () => {
    const call = scriptCall('/usr/bin/script', 'bsd', wish);
    expect(call?.args.slice(0, 4)).toEqual(['-q', '/dev/null', '/bin/sh', '-c']);
    expect(call?.args[4]).toContain(`exec 'it'\\''s' 'a b'`);
  });

  it('leaves SCRIPT as it was, which script sets, and which would seem to be of the command', () => {
    const lineOf = (env: NodeJS.ProcessEnv) =>
      scriptCall('/usr/bin/script', 'linux', { ...wish, env })?.args[1];
    expect(lineOf({ PATH: '/bin' })).toContain('unset SCRIPT; ');
    expect(lineOf({ PATH: '/bin', SCRIPT: 'x' })).not.toContain('SCRIPT;');
  });

  it('is none where the arguments are longer than one may be', () => {
    expect(scriptCall('/usr/bin/script', 'linux', { ...wish, args: ['x'.repeat(140_000)] })).toBeUndefined();
  });
});
