/** `secretscope exec --from-dir` as a process of its own: what goes in, what comes out, how it ends. */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { begin, Mount, secretscope, shell } from './exec-fixture.ts';

const DATABASE_URL = 'postgres-pw-9f3k2';
const QUOTED = `it's "quoted" $HOME \`id\` \\ 100%`;

let mount: Mount;
let folder: string;
beforeAll(() => {
  mount = new Mount({ DATABASE_URL, QUOTED });
  folder = mkdtempSync(join(tmpdir(), 'exec-verb-'));
});
afterAll(() => {
  mount[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

const node = (...script: string[]) => mount.exec(process.execPath, '-e', script.join('\n'));

describe('the command', () => {
  it('G18, G49, M29 has each name as a variable, unmasked and beside its own, and shows none of them', async () => {
    const path = join(folder, 'seen');
    const script = [
      `const { DATABASE_URL, QUOTED, OTHER } = process.env;`,
      `require('fs').writeFileSync(${JSON.stringify(path)}, JSON.stringify([DATABASE_URL, QUOTED, OTHER]));`,
      'console.log(DATABASE_URL, QUOTED, OTHER);',
    ];
    const { code, out, err } = await secretscope(node(...script), '', { OTHER: 'shown' });
    expect([code, out, err]).toEqual([0, '*** *** shown\n', '']);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual([DATABASE_URL, QUOTED, 'shown']);
  });

  it('G52 finds no value in any command line, its own or ours', async () => {
    const look = 'cat /proc/$$/cmdline /proc/$PPID/cmdline | base64 -w0';
    const { out } = await secretscope(mount.exec('sh', '-c', look));
    const seen = Buffer.from(out, 'base64').toString();
    expect(seen).toContain('cmdline');
    expect(seen).not.toContain(DATABASE_URL);
  });

  it('G53 gets its arguments as they were typed', async () => {
    const args = ['', ' ', 'a b', `'"$HOME\``, 'line\nfeed', '--include', '*', 'é😀'];
    const { out } = await secretscope(
      mount.exec(process.execPath, '-e', 'console.log(JSON.stringify(process.argv.slice(1)))', '--', ...args),
    );
    expect(JSON.parse(out)).toEqual(args);
  });

  it('reads our input', async () => {
    expect((await secretscope(mount.exec('tr', 'a-z', 'A-Z'), 'typed\n')).out).toBe('TYPED\n');
  });

  it('keeps stdout and stderr apart, both masked', async () => {
    const { out, err } = await secretscope(
      mount.exec('sh', '-c', 'echo o $DATABASE_URL; echo e $DATABASE_URL >&2'),
    );
    expect([out, err]).toEqual(['o ***\n', 'e ***\n']);
  });

  it('may open its output by name, as those do that log to /dev/stdout', async () => {
    const line = 'echo o $DATABASE_URL > /dev/stdout; echo e $DATABASE_URL > /dev/stderr';
    expect(await secretscope(mount.exec('sh', '-c', line))).toMatchObject({
      code: 0,
      out: 'o ***\n',
      err: 'e ***\n',
    });
  });

  it('gives bytes that are no text through as they are, in chunks of any size', async () => {
    const path = join(folder, 'bytes');
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const bytes = Buffer.concat([
      all,
      Buffer.from([0xff, 0xc3, 0x28, 0xed, 0xa0, 0x80]),
      randomBytes(300_001),
      all,
    ]);
    writeFileSync(path, bytes);
    const ended = await secretscope([
      'exec',
      '--quiet',
      '--no-detect',
      '--from-dir',
      mount.folder,
      '--',
      'cat',
      path,
    ]);
    expect(ended.bytes.equals(bytes)).toBe(true);
    const odd = await secretscope(mount.exec('dd', `if=${path}`, 'bs=7', 'count=80', 'status=none'));
    expect(odd.bytes.equals(bytes.subarray(0, 560))).toBe(true);
  });

  it('M34 a secret that is written in parts is masked all the same', async () => {
    const script = [
      `const value = process.env.DATABASE_URL;`,
      `const parts = ['at ', value.slice(0, 3), value.slice(3, 4), value.slice(4), ' end'];`,
      `const next = () => parts.length && process.stdout.write(parts.shift(), () => setTimeout(next, 60));`,
      'next();',
    ];
    expect((await secretscope(node(...script))).out).toBe('at *** end');
  });

  it('a line of 20 MB without an end is no trouble', async () => {
    const script = `const chunk = 'x'.repeat(1e6); for (let i = 0; i < 20; i++) process.stdout.write(chunk); process.stdout.write(process.env.DATABASE_URL)`;
    const { bytes } = await secretscope(node(script));
    expect([bytes.length, bytes.subarray(-5).toString()]).toEqual([20_000_003, 'xx***']);
  });

  it('what is not secret appears at once, also without the end of a line', async () => {
    const running = begin(mount.exec('sh', '-c', 'printf "password: "; read -r _; echo done'));
    await expect.poll(() => running.out, { timeout: 10_000 }).toBe('password: ');
    running.child.stdin.end('\n');
    expect((await running.ended).out).toBe('password: done\n');
  });
});

describe('workflow commands in its output', () => {
  const says = (...lines: string[]) => [
    'sh',
    '-c',
    lines.map((line) => `echo '${line}'`).join('; sleep 0.1; '),
  ];

  it('M24, G75 ::add-mask:: hides a value from then on, in both streams, and is not shown', async () => {
    const line =
      'echo "fresh one"; sleep 0.2; echo "::add-mask::fresh one"; sleep 0.2; echo "a fresh one"; echo "fresh one" >&2';
    const { out, err } = await secretscope(mount.exec('sh', '-c', line));
    expect([out, err]).toEqual(['fresh one\na ***\n', '***\n']);
  });

  it('M26 ::stop-commands:: shows them until its token comes', async () => {
    const { out } = await secretscope(
      mount.exec(
        ...says(
          '::stop-commands::pause-1234',
          '::add-mask::one-two',
          '::pause-1234::',
          '::add-mask::three-four',
          'one-two three-four',
        ),
      ),
    );
    expect(out).toContain('::add-mask::one-two\n');
    expect(out).toContain('one-two ***\n');
    expect(out).not.toContain('pause-1234');
  });

  it('--no-commands shows them and masks nothing', async () => {
    const { out } = await secretscope([
      'exec',
      '--no-commands',
      '--quiet',
      '--from-dir',
      mount.folder,
      '--',
      'echo',
      '::add-mask::x',
    ]);
    expect(out).toBe('::add-mask::x\n');
  });
});

describe('what is masked', () => {
  const jwt = `eyJ${Buffer.from('{"alg":"HS256"}').toString('base64url').slice(3)}.${Buffer.from('{"sub":"1234567890"}').toString('base64url')}.${'a1B2'.repeat(11)}`;
  const flags = (...more: string[]) => ['exec', '--quiet', ...more, '--from-dir', mount.folder, '--'];
  const inBase64 = 'printf "%s\\n" "$DATABASE_URL" | base64';

  it('M30 forms that the runner does not know, unless --exact says otherwise', async () => {
    const suffixed = Buffer.from(`${DATABASE_URL}\n`).toString('base64');
    expect((await secretscope([...flags(), 'sh', '-c', inBase64])).out).not.toContain(suffixed.slice(0, 16));
    expect((await secretscope([...flags('--exact'), 'sh', '-c', inBase64])).out).toBe(`${suffixed}\n`);
  });

  it('G73 what looks like a token, unless --no-detect or --exact says otherwise', async () => {
    expect((await secretscope([...flags(), 'echo', jwt])).out).toBe('***\n');
    expect((await secretscope([...flags('--no-detect'), 'echo', jwt])).out).toBe(`${jwt}\n`);
    expect((await secretscope([...flags('--exact'), 'echo', jwt])).out).toBe(`${jwt}\n`);
  });
});

describe('how it ends', () => {
  it.each([0, 1, 3, 42, 255])('with the exit code of the command: %i', async (code) => {
    expect((await secretscope(mount.exec('sh', '-c', `exit ${code}`))).code).toBe(code);
  });

  it.each([
    ['SIGKILL', 137],
    ['SIGTERM', 143],
    ['SIGSEGV', 139],
    ['SIGINT', 130],
  ])('with 128 and its number where %s ended the command', async (signal, code) => {
    expect((await secretscope(mount.exec('sh', '-c', `kill -${signal.slice(3)} $$`))).code).toBe(code);
  });

  it('with 127 where there is no such command, and 126 where it cannot be executed', async () => {
    const plain = join(folder, 'plain');
    writeFileSync(plain, 'no program');
    chmodSync(plain, 0o644);
    const missing = await secretscope(mount.exec('no-such-command'));
    expect([missing.code, missing.err]).toEqual([
      127,
      expect.stringContaining('there is no command no-such-command'),
    ]);
    const absent = await secretscope(mount.exec('/no/such/command'));
    expect(absent.code).toBe(127);
    for (const path of [plain, folder]) {
      const { code, err } = await secretscope(mount.exec(path));
      expect([code, err]).toEqual([126, expect.stringContaining('cannot be executed')]);
    }
  });

  it('with the same where the system says so when the command is to begin', async () => {
    const script = join(folder, 'script');
    writeFileSync(script, '#!/no/such/interpreter\n');
    chmodSync(script, 0o755);
    expect((await secretscope(mount.exec(script))).code).toBe(127);
    const long = Array.from({ length: 30 }, () => randomBytes(90_000).toString('base64'));
    using large = new Mount(Object.fromEntries(long.map((value, index) => [`K${index}`, value])));
    const refused = await secretscope(large.exec('true'));
    expect([refused.code, refused.err]).toEqual([126, expect.stringContaining('too large together')]);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const)(
    'passes %s on, once',
    async (signal) => {
      const name = signal.slice(3);
      const line = `trap 'echo ${name}; n=1' ${name}; trap 'exit 9' TERM; echo ready; i=0; while [ $i -lt 8 ]; do sleep 0.05; i=$((i+1)); done; exit 5`;
      const own = name === 'TERM' ? line.replace("trap 'exit 9' TERM; ", '') : line;
      const running = begin(mount.exec('sh', '-c', own));
      await expect.poll(() => running.out, { timeout: 10_000 }).toBe('ready\n');
      running.child.kill(signal);
      expect(await running.ended).toMatchObject({ code: 5, out: `ready\n${name}\n` });
    },
  );

  it('with 141 where whoever reads its output has left, and says nothing of it', async () => {
    const line = `$SECRETSCOPE exec --quiet --from-dir ${mount.folder} -- yes | head -1; echo "\${PIPESTATUS[@]}"`;
    expect(await shell(line)).toMatchObject({ out: 'y\n141 0\n', err: '' });
  });

  it('a reader that leaves does not end a command that goes on without output', async () => {
    const path = join(folder, 'went-on');
    const line = `$SECRETSCOPE exec --quiet --from-dir ${mount.folder} -- sh -c 'trap "" PIPE; echo a; sleep 0.4; echo b; echo c > ${path}; exit 4' 2>/dev/null | true; echo "\${PIPESTATUS[@]}"`;
    expect((await shell(line)).out).toBe('4 0\n');
    expect(readFileSync(path, 'utf8')).toBe('c\n');
  });

  it('is not kept by what the command leaves running with its output, and shows what that says meanwhile', async () => {
    const begun = performance.now();
    const line = `(sleep 0.3; echo "late $DATABASE_URL"; sleep 60) & echo now; exit 6`;
    const { code, out } = await secretscope(mount.exec('sh', '-c', line));
    expect([code, out]).toEqual([6, 'now\nlate ***\n']);
    expect(performance.now() - begun).toBeLessThan(8_000);
  });

  it('ends at once where nothing is left running', async () => {
    const { out } = await secretscope(mount.exec(process.execPath, '-e', 'console.log(Date.now())'));
    // two seconds are for those who are left running
    expect(Date.now() - Number(out)).toBeLessThan(1_500);
  });

  it('nor by one that goes on talking', async () => {
    const { code } = await secretscope(mount.exec('sh', '-c', 'yes & sleep 0.1; exit 6'));
    expect(code).toBe(6);
  }, 15_000);
});

it('what reads a mounted Secret, or filters, loads nothing of a cluster', () => {
  const seen = new Set<string>();
  const walk = (path: string) => {
    if (seen.has(path)) return;
    seen.add(path);
    const imports = readFileSync(path, 'utf8').matchAll(
      /^(?:import|export) (?!type)[^;]*? from '(\.[^']+)';/gm,
    );
    for (const [, name = ''] of imports) walk(join(dirname(path), name));
  };
  walk('src/cli/exec-verb.ts');
  walk('src/cli/mask-verb.ts');
  expect(seen).toContain('src/cli/exec-run.ts');
  expect(
    [...seen].filter((path) =>
      /open-client|kube-client|kube-config|claim-|resolve\/|watch\/|kinds\//.test(path),
    ),
  ).toEqual([]);
});
