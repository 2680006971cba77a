/** What of a mounted Secret becomes a variable, and what is said of the rest. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Mount, secretscope } from './exec-fixture.ts';

const ENV = ['--', 'env'];

async function ran(mounts: readonly Mount[], args: readonly string[] = [], command = ENV, env = {}) {
  const folders = mounts.flatMap(({ folder }) => ['--from-dir', folder]);
  return secretscope(['exec', ...folders, ...args, ...command], '', env);
}

const printed = (name: string) => [
  '--',
  'sh',
  '-c',
  `printf %s "\${${name}-unset}" | od -An -c | tr -d ' \\n'`,
];

describe('a mounted Secret', () => {
  it('gives a variable for each key that can be one, and a note for each that cannot', async () => {
    using mount = new Mount({
      A_KEY: 'value-of-a',
      'tls.crt': 'certificate',
      '1ST': 'digit-first',
      lower: 'in-small-letters',
    });
    mkdirSync(join(mount.folder, '..data', 'folder'));
    const { out, err } = await ran([mount]);
    expect(out).toContain('A_KEY=***\n');
    expect(out).toContain('lower=***\n');
    expect(out).not.toContain('tls.crt');
    expect(err).toBe(
      'note: the file 1ST is left out, since no variable can have that name\nnote: the file tls.crt is left out, since no variable can have that name\n',
    );
  });

  it('is read in one version, through the link that the kubelet turns', async () => {
    using mount = new Mount({ A_KEY: 'value-of-a' });
    mkdirSync(join(mount.folder, '..newer'));
    writeFileSync(join(mount.folder, '..newer', 'A_KEY'), 'newer-than-a');
    rmSync(join(mount.folder, '..data'));
    symlinkSync('..newer', join(mount.folder, '..data'));
    const test = ['--', 'sh', '-c', '[ "$A_KEY" = newer-than-a ] && echo newer'];
    expect((await ran([mount], [], test)).out).toBe('newer\n');
    writeFileSync(join(mount.folder, 'plain'), 'not under ..data');
    expect((await ran([mount])).out).not.toContain('plain');
  });

  it('may be one of several, of which the last one counts', async () => {
    using first = new Mount({ A_KEY: 'value-of-first', B_KEY: 'only-in-first' });
    using second = new Mount({ A_KEY: 'value-of-second' });
    const test = [
      '--',
      'sh',
      '-c',
      '[ "$A_KEY" = "value-of-second" ] && [ "$B_KEY" = "only-in-first" ] && echo both',
    ];
    expect((await ran([first, second], [], test)).out).toBe('both\n');
  });

  it('is a plain folder where no kubelet made it', async () => {
    using mount = new Mount({});
    rmSync(join(mount.folder, '..data'));
    writeFileSync(join(mount.folder, 'A_KEY'), 'value-of-a');
    writeFileSync(join(mount.folder, '.hidden'), 'value-of-hidden');
    const { out, err } = await ran([mount]);
    expect([out.includes('A_KEY=***\n'), out.includes('hidden'), err]).toEqual([true, false, '']);
  });

  it('gives what --include names alone, also in small letters', async () => {
    using mount = new Mount({ A_KEY: 'value-of-a', B_KEY: 'value-of-b' });
    const { out } = await ran([mount], ['--include', 'a_key']);
    expect([out.includes('A_KEY=***\n'), out.includes('B_KEY')]).toEqual([true, false]);
  });

  it('gives what loaders obey only where it is named', async () => {
    using mount = new Mount({ A_KEY: 'value-of-a', NODE_OPTIONS: '--no-warnings' });
    const without = await ran([mount]);
    expect(without.out).not.toContain('NODE_OPTIONS=');
    expect(without.err).toContain('NODE_OPTIONS is left out, since loaders obey a variable of that name');
    const named = await ran([mount], ['--all', '--include', 'NODE_OPTIONS']);
    expect([named.out.includes('NODE_OPTIONS=***\n'), named.out.includes('A_KEY=***\n')]).toEqual([
      true,
      true,
    ]);
  });

  it('G51 a name that is not there is an error, or the empty string with --missing empty', async () => {
    using mount = new Mount({ A_KEY: 'value-of-a' });
    const { code, out, err } = await ran([mount], ['--include', 'A_KEY,NOT_THERE']);
    expect([code, out]).toEqual([4, '']);
    expect(err).toContain('holds no NOT_THERE');
    const empty = await ran(
      [mount],
      ['--include', 'NOT_THERE', '--missing', 'empty'],
      ['--', 'sh', '-c', 'echo ${NOT_THERE-unset}.'],
    );
    expect(empty.out).toBe('.\n');
  });

  it('keeps white space and line ends of a value', async () => {
    using mount = new Mount({ A_KEY: ' two\nlines of it\t\n' });
    const test = [
      '--',
      process.execPath,
      '-e',
      `console.log(process.env.A_KEY === ' two\\nlines of it\\t\\n')`,
    ];
    expect((await ran([mount], [], test)).out).toBe('true\n');
  });
});

describe('a value that no variable can hold', () => {
  it.each<[string, Buffer, string]>([
    ['with a NUL byte', Buffer.from('be\0fore'), 'it has a NUL byte'],
    ['that is not UTF-8', Buffer.from([0x61, 0xff, 0x62]), 'it is not UTF-8'],
  ])('%s ends it before the command begins, and names the key', async (_what, value, why) => {
    using mount = new Mount({ A_KEY: 'value-of-a', CERT: value });
    const { code, out, err } = await ran([mount]);
    expect([code, out]).toEqual([8, '']);
    expect(err).toContain(
      `the value of CERT cannot be a variable: ${why}; leave it out with --include, and mount it as a file`,
    );
    expect((await ran([mount], ['--include', 'A_KEY'])).code).toBe(0);
  });
});

describe('what is said before the command begins', () => {
  it('M33, G17 that a value is too short, too common or structured, and --quiet says nothing', async () => {
    using mount = new Mount({
      SHORT: 'abc',
      COMMON: 'password',
      JSON_KEY: '{"user":"ann-of-acme","pass":"value-of-a"}',
    });
    const { err } = await ran([mount], [], ['--', 'true']);
    expect(err).toMatch(/^warning: COMMON is a common/m);
    expect(err).toMatch(/^warning: SHORT is so short/m);
    expect(err).toMatch(/^warning: JSON_KEY is JSON/m);
    expect((await ran([mount], ['--quiet'], ['--', 'true'])).err).toBe('');
  });

  it('that a secret takes the place of a variable', async () => {
    using mount = new Mount({ A_KEY: 'value-of-a' });
    const { out, err } = await ran([mount], [], printed('A_KEY'), { A_KEY: 'set before' });
    expect(err).toContain('note: the secret A_KEY takes the place of a variable that was set before');
    expect(out).not.toContain('before');
  });

  it('and of none where the name is one that every object has', async () => {
    using mount = new Mount({ constructor: 'value-of-a' });
    expect((await ran([mount], [], ['--', 'true'])).err).toBe('');
  });

  it('that a link leads nowhere, where the folder itself is there', async () => {
    using mount = new Mount({ A_KEY: 'value-of-a' });
    symlinkSync('nowhere', join(mount.folder, '..data', 'B_KEY'));
    const { code, err } = await ran([mount], [], ['--', 'true']);
    expect(code).toBe(1);
    expect(err).toContain(`a link in ${mount.folder} leads nowhere (ENOENT); take it away or mend it`);
  });
});

describe('a wrong command line', () => {
  it.each<[string, string[], string]>([
    ['without a source', ['--', 'true'], '--scope SCOPE in a cluster, or --from-dir DIR'],
    ['with both sources', ['--scope', 'a/b', '--from-dir', '/x', '--', 'true'], 'exclude each other'],
    ['without names', ['--scope', 'a/b', '--', 'true'], '--include A,B, or --all'],
    ['without a command', ['--from-dir', '/x'], "missing required argument 'command'"],
    ['with an empty command', ['--from-dir', '/x', '--', ''], 'say which command to run'],
    ['with an empty name', ['--from-dir', '/x', '--include', 'A,', '--', 'true'], '--include takes names'],
    [
      'with another policy',
      ['--from-dir', '/x', '--missing', 'zero', '--', 'true'],
      '--missing takes error or empty',
    ],
    [
      'with a ttl of nothing',
      ['--from-dir', '/x', '--ttl', '5m', '--', 'true'],
      '--ttl, --timeout and -n are of --scope',
    ],
    ['with a scope that is none', ['--scope', 'a/b/c', '--all', '--', 'true'], 'is not a scope'],
    ['with a name that is none', ['--scope', 'a/b', '--include', '1A', '--', 'true'], 'got "1A"'],
    ['with a ttl of seconds', ['--scope', 'a/b', '--all', '--ttl', '5s', '--', 'true'], '1m to 720h'],
  ])('%s ends with 2', async (_what, args, message) => {
    const { code, out, err } = await secretscope(['exec', ...args]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });

  it('a key that no variable can be called is refused where it is included', async () => {
    using mount = new Mount({ 'tls.key': 'value-of-a' });
    const { code, err } = await ran([mount], ['--include', 'tls.key']);
    expect([code, err]).toEqual([2, expect.stringContaining('no variable can be called "tls.key"')]);
  });
});
