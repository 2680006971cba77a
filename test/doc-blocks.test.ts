/**
 * What a reader is told to paste: it can be read by a shell, the program takes it, and CI runs it, or says why not.
 * The pages themselves are followed by test/scenarios/docs-*.test.ts.
 */
import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { wholeProgram } from '../src/cli/program.ts';
import { commandLines, refusal } from './docs/command-lines.ts';
import { missingLine } from './docs/expected-output.ts';
import { FOLLOWED, GIVEN } from './docs/followed-pages.ts';
import { type Block, guides, parsePage, readPage, shownIn } from './docs/markdown-blocks.ts';
import { NOT_RUN } from './docs/not-run.ts';

const pages = guides();
const everywhere = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  ...globSync('docs/**/*.md'),
].map(readPage);
const pasted = everywhere
  .flatMap(({ blocks }) => blocks)
  .filter(({ language }) => language === 'sh' || language === 'console');
const shell = ({ language, text }: Block) =>
  language === 'sh'
    ? text
    : shownIn(text)
        .map(({ command }) => `${command}\n`)
        .join('');
const at = ({ path, line }: Block) => `${path}:${line}`;

describe('blocks of commands', () => {
  it('can be read by a shell', () => {
    const wrong = pasted.flatMap((block) => {
      try {
        execFileSync('bash', ['-n'], { input: shell(block), stdio: ['pipe', 'ignore', 'pipe'] });
        return [];
      } catch (error) {
        return [`${at(block)}: ${(error as { stderr: Buffer }).stderr.toString()}`];
      }
    });
    expect(wrong).toEqual([]);
    expect(pasted.length).toBeGreaterThan(150);
  });

  it('have command lines that the program takes', async () => {
    const program = await wholeProgram('');
    const lines = pasted.flatMap((block) => commandLines(shell(block)).map((each) => ({ block, ...each })));
    const refused = lines.flatMap(({ block, words, line }) => {
      const why = refusal(program, words);
      return why === undefined ? [] : [`${at(block)}: ${why}: ${line}`];
    });
    expect(refused).toEqual([]);
    expect(lines.length).toBeGreaterThan(60);
  });

  it('are read as the command lines they are', () => {
    const words = (text: string) => commandLines(text).map((each) => each.words);
    expect(words('secretscope secret set A --org "x/y" < file')).toEqual([
      ['secret', 'set', 'A', '--org', 'x/y'],
    ]);
    expect(words('a | secretscope render -f - \\\n  -f b.yaml | c')).toEqual([
      ['render', '-f', '-', '-f', 'b.yaml'],
    ]);
    expect(words('kubectl delete deployment secretscope -n secretscope-system')).toEqual([]);
    expect(words('npm run -s secretscope -- run --kubeconfig "$operator"')).toEqual([
      ['run', '--kubeconfig', '$operator'],
    ]);
  });

  it.each([
    ['explian a/b', 'there is no verb explian'],
    ['review shwo x', undefined],
    ['review show x --alll', 'show has no flag --alll'],
    ['claim a/b --secret', '--secret needs a value'],
    ['enroll a b', 'enroll takes 1 arguments, not 2'],
  ])('a wrong one is told: %s', async (line, why) => {
    const program = await wholeProgram('');
    if (why !== undefined) expect(refusal(program, line.split(' '))).toBe(why);
    else expect(refusal(program, line.split(' '))).toBeDefined();
  });
});

describe('comments that say how a page is followed', () => {
  it('stand where they mean something', () => {
    expect(everywhere.flatMap(({ lost }) => lost)).toEqual([]);
  });

  it('name states that there are, or a page that was followed before', () => {
    const wrong = pages.filter(({ path, given }) => {
      if (given === undefined || given in GIVEN) return false;
      const order = Object.values<readonly string[]>(FOLLOWED).find((each) => each.includes(path)) ?? [];
      return !order.slice(0, order.indexOf(path)).includes(given);
    });
    expect(wrong.map(({ path, given }) => `${path}: ${given}`)).toEqual([]);
  });

  it('are read off the page, each for what follows it', () => {
    const page = parsePage(
      'x.md',
      '# X\n\n<!-- given: nothing -->\n\ntext\n\n<!-- not run: because -->\n\n```sh\na\n```\n\n<!-- stays: up -->\n```sh\nb\n```\n\n<!-- not run: lost -->\n\ntext\n',
    );
    expect(page.given).toBe('nothing');
    expect(page.blocks.map(({ line, notRun, stays }) => ({ line, notRun, stays }))).toEqual([
      { line: 10, notRun: 'because', stays: undefined },
      { line: 15, notRun: undefined, stays: 'up' },
    ]);
    expect(page.lost).toEqual(['x.md:19: not run']);
  });
});

describe('guides and README', () => {
  const followed: readonly string[] = Object.values(FOLLOWED).flat();
  const blocks = pages.flatMap((page) =>
    page.blocks
      .filter(({ language }) => language === 'sh' || language === 'console')
      .map((block) => ({ block, page, reason: block.notRun ?? page.notRun })),
  );

  it('are followed by a scenario, or say why not; nothing is passed over in silence', () => {
    const silent = blocks.filter(({ page, reason }) => reason === undefined && !followed.includes(page.path));
    expect(silent.map(({ block }) => at(block))).toEqual([]);
    const missing = followed.filter((path) => !pages.some((page) => page.path === path));
    expect(missing).toEqual([]);
  });

  it('give as reason one of the list', () => {
    const known: readonly string[] = NOT_RUN;
    const others = blocks.filter(({ reason }) => reason !== undefined && !known.includes(reason));
    expect(others.map(({ block, reason }) => `${at(block)}: ${reason}`)).toEqual([]);
    const unused = NOT_RUN.filter((each) => !blocks.some(({ reason }) => reason === each));
    expect(unused).toEqual([]);
  });

  it('are run for the greater part where they need no cloud', () => {
    const counts = new Map<string, number>();
    for (const { reason = 'run' } of blocks) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    console.log(
      [...counts]
        .sort(([, a], [, b]) => b - a)
        .map(([reason, count]) => `${count} ${reason}`)
        .join('\n'),
    );
    expect(counts.get('run')).toBeGreaterThan(60);
  });
});

describe('what a page shows', () => {
  const shows = 'NAME   AGE\nweb    5s\n';

  it.each([
    ['NAME AGE\nweb 12m3s\n', undefined],
    ['NAME AGE\n\nweb 5s\n', undefined],
    ['NAME AGE\nweb2 5s\n', 'web    5s'],
    ['NAME AGE\nother 1s\nweb 5s\n', 'web    5s'],
    ['', 'NAME   AGE'],
  ])('is compared but for widths and ages: %j', (printed, missing) => {
    expect(missingLine(shows, printed)).toBe(missing);
  });

  it('may leave out lines and parts of lines by …, and nothing else', () => {
    expect(missingLine('a\n…\nd: … f', 'a\nb\nc\nd: e f\n')).toBeUndefined();
    expect(missingLine('a\nd', 'a\nb\nd\n')).toBe('d');
    expect(missingLine('at 2026-11-22T12:00:00Z', 'at 2027-01-02T03:04:05.678Z')).toBeUndefined();
  });

  it('of several commands is told apart by the prompt', () => {
    expect(shownIn('$ a |\n    b\nout\n$ c\n')).toEqual([
      { command: 'a |\n    b', expected: 'out\n' },
      { command: 'c', expected: '\n' },
    ]);
  });
});
