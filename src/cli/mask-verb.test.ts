/** `secretscope mask` as a process of its own. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { begin, Mount, secretscope, shell } from './exec-fixture.ts';

const DATABASE_URL = 'postgres-pw-9f3k2';

let mount: Mount;
let folder: string;
beforeAll(() => {
  mount = new Mount({
    DATABASE_URL,
    'tls.key': 'line-one-of-it\nline-two-of-it\n',
    BYTES: Buffer.from([0xff, 0xfe, 0, 1, 2, 3]),
  });
  folder = mkdtempSync(join(tmpdir(), 'mask-verb-'));
});
afterAll(() => {
  mount[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

const masked = async (args: readonly string[], input: string | Buffer, env = {}) =>
  (await secretscope(['mask', ...args], input, env)).out;

describe('what it masks', () => {
  it('every file of a mounted folder, whatever its name, and each line of it', async () => {
    const text = `a ${DATABASE_URL} b\nline-two-of-it\n`;
    expect(await masked(['--from-dir', mount.folder], text)).toBe('a *** b\n***\n');
  });

  it('a value that is no text', async () => {
    const { bytes } = await secretscope(
      ['mask', '--from-dir', mount.folder],
      Buffer.from([0x61, 0xff, 0xfe, 0, 1, 2, 3, 0x62, 0xff]),
    );
    expect(bytes).toEqual(Buffer.concat([Buffer.from('a***b'), Buffer.from([0xff])]));
  });

  it('the variables that it is told of', async () => {
    const env = { ONE: 'first-of-them', TWO: 'second-of-them', NOT: 'none-of-them' };
    const text = Object.values(env).join(' ');
    expect(await masked(['--from-env', 'ONE,TWO'], text, env)).toBe('*** *** none-of-them');
  });

  it('what a dotenv file holds', async () => {
    const path = join(folder, '.env');
    writeFileSync(path, '# of the tests\nexport ONE="first of them"\nTWO=second-of-them # a comment\n');
    expect(await masked(['--from-file', path], 'a first of them, second-of-them')).toBe('a ***, ***');
  });

  it('K9 of a dotenv file also what was written where a name is expanded, for not everybody expands it', async () => {
    const path = join(folder, 'expanding.env');
    writeFileSync(path, 'ONE=tulip$NINETY-nine\nTWO="rose$TEN-ten"\n');
    const text = 'a tulip$NINETY-nine, rose$TEN-ten, tulip-nine, rose-ten';
    expect(await masked(['--from-file', path], text)).toBe('a ***, ***, ***, ***');
  });

  it('G73 without any of these what looks like a token', async () => {
    const token = `ghp_${'a1B2c3D4'.repeat(4)}e5F6`;
    expect(await masked([], `token ${token} end\n`)).toBe('token *** end\n');
    expect(await masked(['--no-detect'], token)).toBe(token);
  });

  it('M30 is more than what the runner knows, unless --exact says otherwise', async () => {
    const form = Buffer.from(`${DATABASE_URL}\n`).toString('base64');
    const from = ['--from-dir', mount.folder];
    expect(await masked(from, form)).not.toContain(form.slice(0, 12));
    expect(await masked([...from, '--exact'], form)).toBe(form);
  });

  it('M23 passwords of the proxies that the environment names', async () => {
    const env = { HTTPS_PROXY: 'http://ci:pr0xy-pw@proxy:3128' };
    expect(await masked(['--exact'], 'cannot connect to http://ci:pr0xy-pw@proxy:3128', env)).toBe(
      'cannot connect to http://ci:***@proxy:3128',
    );
  });

  it('M24 with --commands what the input says, and shows such lines without', async () => {
    const text = '::add-mask::told-to-hide\nit is told-to-hide\n';
    expect(await masked(['--commands'], text)).toBe('it is ***\n');
    expect(await masked([], text)).toBe(text);
  });
});

describe('a stream', () => {
  it('goes through at once, but for what may become a secret', async () => {
    const running = begin(['mask', '--from-dir', mount.folder]);
    running.child.stdin.write('first line\nand a prompt: ');
    await expect.poll(() => running.out, { timeout: 10_000 }).toBe('first line\nand a prompt: ');
    running.child.stdin.write(DATABASE_URL.slice(0, 9));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(running.out).toBe('first line\nand a prompt: ');
    running.child.stdin.end(DATABASE_URL.slice(9));
    expect(await running.ended).toMatchObject({ code: 0, out: 'first line\nand a prompt: ***' });
  });

  it('keeps every byte that is not secret', async () => {
    const bytes = Buffer.concat([
      Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
      randomBytes(200_003),
    ]);
    const { bytes: out } = await secretscope(['mask', '--no-detect', '--from-dir', mount.folder], bytes);
    expect(out.equals(bytes)).toBe(true);
  });

  it('ends quietly when its reader leaves', async () => {
    const { out, err } = await shell('yes | $SECRETSCOPE mask | head -1; echo "${PIPESTATUS[2]}"');
    expect([out, err]).toEqual(['y\n0\n', '']);
  });

  it('says what is left after Ctrl-C, since those before it in the pipeline may still write', async () => {
    const running = begin(['mask', '--from-dir', mount.folder]);
    running.child.stdin.write('before\n');
    await expect.poll(() => running.out, { timeout: 10_000 }).toBe('before\n');
    running.child.kill('SIGINT');
    running.child.stdin.end(`last words: ${DATABASE_URL}\n`);
    expect(await running.ended).toMatchObject({ code: 0, out: 'before\nlast words: ***\n' });
  });
});

describe('what it cannot do', () => {
  it('K9 a file that is none is told by line, and nothing of it is repeated or let through', async () => {
    const path = join(folder, 'broken');
    writeFileSync(path, `ONE=1\nTWO="${DATABASE_URL}\n`);
    const { code, out, err } = await secretscope(['mask', '--from-file', path], 'not to be shown');
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('cannot be read at line 2: a quote does not end');
    expect(err).not.toContain('postgres');
  });

  it('a file that is not UTF-8 is refused, for its values would be looked for in another form', async () => {
    const path = join(folder, 'latin1.env');
    writeFileSync(path, Buffer.from('ONE=p\xe4ssw\xf6rd-99', 'latin1'));
    const { code, out, err } = await secretscope(['mask', '--from-file', path], 'not to be shown');
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('latin1.env is not UTF-8; convert it, nothing was masked or shown');
  });

  it.each<[string, string[], number, string]>([
    ['a variable that is not set', ['--from-env', 'NOT_SET_HERE'], 2, 'not set: "NOT_SET_HERE"'],
    ['a name that every object has', ['--from-env', 'toString'], 2, 'not set: "toString"'],
    ['a folder that is not there', ['--from-dir', '/not/there'], 4, 'there is no folder /not/there'],
    ['a folder that is a file', ['--from-dir', '/etc/passwd'], 4, '/etc/passwd is no folder'],
    ['a file that is not there', ['--from-file', '/not/there'], 4, '/not/there cannot be read (ENOENT)'],
  ])('%s ends it before anything is shown', async (_what, args, ends, message) => {
    const { code, out, err } = await secretscope(['mask', ...args], 'not to be shown');
    expect([code, out]).toEqual([ends, '']);
    expect(err).toContain(message);
  });
});
