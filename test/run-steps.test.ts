import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runStep } from '../scripts/run/run-steps.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'secretscope-steps-'));
  vi.spyOn(console, 'log').mockReturnValue();
});

afterEach(() => rmSync(folder, { recursive: true }));

const said = () => vi.mocked(console.log).mock.calls.flat().join('\n');

/** A step that writes its last file and then does that. */
function writing(afterwards: string) {
  const lastFile = join(folder, 'last.json');
  const program = `require('node:fs').writeFileSync(${JSON.stringify(lastFile)}, '{}'); ${afterwards}`;
  return { name: 'a step', command: [process.execPath, '-e', program], help: 'look', lastFile };
}

describe('a step that tells by a file when its work is done', () => {
  it('if it goes on for too long after that, is ended, and that is said', async () => {
    const { ok, wasOverdue } = await runStep(writing('setInterval(() => {}, 1_000)'), false, 0);
    expect([ok, wasOverdue]).toEqual([false, true]);
    expect(said()).toMatch(
      /^process \d+ goes on though its work is done, and is ended; what it wrote counts: /,
    );
  });

  it('if it ends in time, is as good as its exit code', async () => {
    const ends = writing('setTimeout(() => {}, 1_500)');
    expect(await runStep(ends, false)).toMatchObject({ ok: true, wasOverdue: false });
    expect(await runStep(writing('process.exit(1)'), false)).toMatchObject({ ok: false, wasOverdue: false });
  });
});

it('a step that works for long before it writes, or writes nothing, is left alone', async () => {
  const command = [process.execPath, '-e', 'setTimeout(() => {}, 2_500)'];
  const lastFile = join(folder, 'never.json');
  for (const step of [{ lastFile }, {}])
    expect(await runStep({ name: 'a step', command, help: 'look', ...step }, false, 0)).toMatchObject({
      ok: true,
      wasOverdue: false,
    });
});
