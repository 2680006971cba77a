import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSION } from './version.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'secretscope-home-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

/** The program as a person starts it, with an empty home and no cluster. */
function secretscope(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: home };
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], { env, cwd: home });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

describe('the program', () => {
  it.concurrent.each<[string, string[], { code: number; out?: unknown; err?: unknown }]>([
    ['--version says which', ['--version'], { code: 0, out: `${VERSION}\n`, err: '' }],
    [
      '--help names the verbs on stdout',
      ['--help'],
      {
        code: 0,
        out: expect.stringMatching(
          /init[\s\S]*enroll[\s\S]*explain[\s\S]*review[\s\S]*claim[\s\S]*doctor[\s\S]*run/,
        ),
        err: '',
      },
    ],
    [
      'a verb’s results go to stdout and its advice to stderr',
      ['init', 'team'],
      {
        code: 0,
        out: expect.stringMatching(/^# the secret itself[\s\S]*kind: SecretScope/),
        err: expect.stringContaining('kubectl apply'),
      },
    ],
    ['no verb is a usage error', [], { code: 2, out: '' }],
    [
      'an unknown verb is a usage error',
      ['nope'],
      { code: 2, err: expect.stringContaining("unknown command 'nope'") },
    ],
    [
      'an unknown flag is a usage error',
      ['enroll', 'team', '--nope'],
      { code: 2, err: expect.stringContaining("unknown option '--nope'") },
    ],
    [
      'a missing argument is a usage error',
      ['enroll'],
      { code: 2, err: expect.stringContaining("missing required argument 'namespace'") },
    ],
    [
      'a refused name is a usage error',
      ['enroll', 'kube-system'],
      { code: 2, err: expect.stringMatching(/^error: secrets are never delivered/) },
    ],
    [
      'all wrong flags of the operator are told at once',
      ['run', '--workers', '0', '--log-level', 'x'],
      { code: 2, err: expect.stringMatching(/^error: --workers.*\n {7}--log-level/) },
    ],
    [
      'a missing kubeconfig is told in one line',
      ['explain', 'web'],
      { code: 1, err: expect.stringMatching(/^error: no kubeconfig at .*\n$/) },
    ],
  ])('%s', async (_case, args, ended) => {
    expect(await secretscope(...args)).toMatchObject(ended);
  });
});
