import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { prettyLine } from '../scripts/dev/pretty-log.ts';
import { reapplyOnChange } from '../scripts/dev/reapply.ts';
import { until } from './scenarios-support/until.ts';

describe('the log of npm run dev', () => {
  it('is a line for people, with every field', () => {
    const line =
      '{"level":"warn","time":"2030-01-02T03:04:05.678Z","scope":"a/b","err":{"name":"X"},"n":3,"message":"it is late"}';
    expect(prettyLine(line, false)).toBe('03:04:05.678 warn  it is late scope=a/b err={"name":"X"} n=3');
  });

  it('keeps what is no line of a log, and half a line', () => {
    for (const line of ['', "Restarting 'src/main.ts'", '{"level":"warn","ti'])
      expect(prettyLine(line, true)).toBe(line);
  });

  it('has colours on a terminal only', () => {
    const line = '{"level":"error","time":"2030-01-02T03:04:05.678Z","message":"x"}';
    expect(prettyLine(line, true)).toContain('\u001b[31merror\u001b[0m');
    expect(prettyLine(line, false)).toBe('03:04:05.678 error x');
  });
});

describe('manifests that change', () => {
  it('are applied again, once for many files, and once more for a change meanwhile; a failure ends nothing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'secretscope-dev-'));
    const ended = new AbortController();
    const told: string[] = [];
    let applied = 0;
    const apply = async () => {
      applied += 1;
      if (applied === 1) {
        await writeFile(join(folder, 'late.yaml'), 'x');
        await pause(50);
        throw new Error('half a file');
      }
    };
    const following = reapplyOnChange([folder], apply, (text) => told.push(text), ended.signal);
    try {
      await writeFile(join(folder, 'a.yaml'), 'x');
      await until(() => expect(told).toEqual(['not applied: half a file', 'applied again']), 15_000);
    } finally {
      ended.abort();
      await following;
      await rm(folder, { recursive: true });
    }
  });
});
