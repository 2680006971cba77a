/** What the documents say, held against the code: reasons, objects, links, scripts, verbs, fields, metrics. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { wholeProgram } from '../src/cli/program.ts';
import { EXIT } from '../src/cli/usage-error.ts';
import { EDGES } from '../src/gate/edges.ts';
import { KINDS } from '../src/model/kinds/all-kinds.ts';
import { API_VERSION } from '../src/model/kinds/common.ts';
import { REASONS, type Reason, type ReasonPolicy } from '../src/model/reasons.ts';
import {
  parseAutomation,
  parseBackend,
  parseClaim,
  parseClusterBackend,
  parseLedger,
  parseRequest,
  parseReview,
  parseScope,
  parseSealed,
} from '../src/model/validate.ts';
import { wholeMetrics } from '../src/report/metrics.fixture.ts';
import { createMetrics, observeProcess } from '../src/report/metrics.ts';

interface Page {
  readonly path: string;
  readonly text: string;
}

interface Fence {
  readonly path: string;
  readonly language: string;
  readonly text: string;
}

const ROOT_PAGES = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'];
const pages: Page[] = [...ROOT_PAGES, ...globSync('docs/**/*.md')].map((path) => ({
  path,
  text: readFileSync(path, 'utf8'),
}));
const fences: Fence[] = pages.flatMap(({ path, text }) =>
  [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = '', inside = '']) => ({
    path,
    language,
    text: inside,
  })),
);

function page(path: string): string {
  const found = pages.find((one) => one.path === path);
  if (!found) throw new Error(`there is no ${path}`);
  return found.text;
}

const withoutFences = (text: string) => text.replace(/^```[\s\S]*?^```$/gm, '');
const unique = (items: readonly string[]) => [...new Set(items)].sort();
const captured = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map((match) => match[1] ?? '');

describe('reasons.md', () => {
  const text = page('docs/reference/reasons.md');
  const sections = new Map(
    text
      .split(/^## /m)
      .slice(1)
      .map((section) => [section.split('\n', 1)[0] ?? '', section] as const),
  );
  const reasons = Object.keys(REASONS) as Reason[];

  it('has a section for every reason, and no other', () => {
    expect([...sections.keys()].sort()).toEqual(reasons.toSorted());
  });

  it.each(reasons)('says of %s what it does, what happens to the Secret, and what to do next', (reason) => {
    const section = sections.get(reason) ?? '';
    expect(section.split('\n')[2]).toBe(`_${effectOf(REASONS[reason])}_`);
    expect(section).toMatch(/\*\*Secret:\*\*|\| Cause +\| this key +\|/);
    expect(section).toContain('**Next:**');
  });

  it('lists every reason in its table of contents', () => {
    expect(captured(text.split(/^## /m)[0] ?? '', /\[(\w+)\]\(#\w+\)/g).sort()).toEqual(reasons.toSorted());
  });
});

const AGAIN: Record<ReasonPolicy['requeue'], string> = {
  onChange: 'on a change only',
  backoff: 'soon, with growing pauses',
  slow: 'every 30 seconds',
};

function effectOf({ ready, stalled, over, event, requeue }: ReasonPolicy): string {
  const told = `Event: ${event === 'None' ? 'none' : event}.`;
  if (ready === 'True') return `Ready stays True. ${told}`;
  const condition = over ? 'neither Reconciling nor Stalled' : stalled ? 'Stalled' : 'Reconciling';
  return `Ready False, ${condition}. ${told} Looked at again: ${AGAIN[requeue]}.`;
}

describe('YAML in the documents', () => {
  const PARSERS: Record<string, (raw: unknown) => { readonly kind: string }> = {
    SecretScope: parseScope,
    SecretClaim: parseClaim,
    SecretBackend: parseBackend,
    ClusterSecretBackend: parseClusterBackend,
    SecretRequest: parseRequest,
    RequestReview: parseReview,
    ScopeLedger: parseLedger,
    SealedValue: parseSealed,
    WebhookAutomation: parseAutomation,
  };
  const blocks = fences
    .filter(({ language }) => language === 'yaml')
    .map((fence) => ({ ...fence, documents: parseAllDocuments(fence.text) }));
  const objects = blocks.flatMap(({ path, documents }) =>
    documents.map((document) => ({ path, object: document.toJS() as Manifest })),
  );

  it('can be read', () => {
    const errors = blocks.flatMap(({ path, documents }) =>
      documents.flatMap((document) => document.errors.map(({ message }) => `${path}: ${message}`)),
    );
    expect(errors).toEqual([]);
  });

  it('is valid where it is an object of ours', () => {
    const ours = objects.filter(({ object }) => object.apiVersion?.startsWith('secretscope.dev/'));
    const refused = ours
      .map(({ path, object }) => ({ path, parsed: parserOf(PARSERS, object)(asStored(object)) }))
      .filter(({ parsed }) => parsed.kind !== 'ok');
    expect(refused).toEqual([]);
    expect(ours.length).toBeGreaterThan(8);
    expect(unique(ours.map(({ object }) => object.apiVersion ?? ''))).toEqual([API_VERSION]);
  });

  it('is a valid part of a scope where it is no whole object', () => {
    const parts = objects.filter(({ object }) => object.apiVersion === undefined);
    const refused = parts.filter(({ object }) => !LEVELED.some((spec) => isScope({ ...spec, ...object })));
    expect(refused).toEqual([]);
  });
});

interface Manifest {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: object;
}

const BACKEND = { kind: 'SecretBackend', name: 'local' };
const LEVELED = [
  { level: 'Organization', backendRef: BACKEND },
  { level: 'Repository', backendRef: BACKEND },
  { level: 'Environment', backendRef: BACKEND, parentRef: { name: 'web' } },
];

function parserOf(parsers: Record<string, (raw: unknown) => { readonly kind: string }>, object: Manifest) {
  const parser = parsers[object.kind ?? ''];
  if (!parser) throw new Error(`there is no kind ${object.kind}`);
  return parser;
}

function asStored(object: Manifest): object {
  return { ...object, metadata: { uid: 'uid', resourceVersion: '1', ...object.metadata } };
}

function isScope(spec: object): boolean {
  return parseScope(asStored({ metadata: { name: 'part', namespace: 'part' }, ...{ spec } })).kind === 'ok';
}

describe('links', () => {
  const links = pages.flatMap(({ path, text }) =>
    captured(withoutFences(text), /\]\(([^)\s]+)\)/g)
      .filter((link) => !/^[a-z]+:/.test(link))
      .map((link) => ({ path, link })),
  );

  it('lead to files that exist', () => {
    const broken = links.filter(({ path, link }) => !existsSync(targetOf(path, link)));
    expect(broken).toEqual([]);
    expect(links.length).toBeGreaterThan(50);
  });

  it('lead to headings that exist', () => {
    const broken = links.filter(({ path, link }) => {
      const [, anchor] = link.split('#');
      return anchor !== undefined && !anchorsOf(targetOf(path, link)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('lead outside to these hosts only, which nobody asks here whether they answer', () => {
    const outside = pages.flatMap(({ text }) => captured(withoutFences(text), /\]\(([a-z]+:\/\/[^/)]+)/g));
    expect(unique(outside)).toEqual([
      'https://argo-cd.readthedocs.io',
      'https://aws.amazon.com',
      'https://azure.github.io',
      'https://azure.microsoft.com',
      'https://cloud.google.com',
      'https://doc.libsodium.org',
      'https://docs.aws.amazon.com',
      'https://docs.github.com',
      'https://github.blog',
      'https://github.com',
      'https://learn.microsoft.com',
      'https://www.rfc-editor.org',
    ]);
  });
});

function targetOf(from: string, link: string): string {
  const [file = ''] = link.split('#');
  return file === '' ? from : relative('.', join(dirname(from), file));
}

/** As GitHub makes them. */
function anchorsOf(path: string): string[] {
  return captured(withoutFences(readFileSync(path, 'utf8')), /^#+ (.+)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('commands', async () => {
  const program = await wholeProgram('');
  const flagsOf = new Map(
    program.commands.map((verb) => {
      // the verbs of a verb have flags of their own
      const options = [verb, ...verb.commands].flatMap((one) => one.options);
      return [verb.name(), unique(options.map(({ long }) => long ?? ''))] as const;
    }),
  );

  it('name scripts of package.json', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object };
    const named = pages.flatMap(({ text }) => captured(text, /npm run (?:-s )?([a-z][\w:-]*)/g));
    expect(unique(named).filter((script) => !(script in scripts))).toEqual([]);
  });

  it('name verbs and flags that exist', () => {
    expect(pages.flatMap(({ text }) => usesOf(text)).length).toBeGreaterThan(20);
    const wrong = pages.flatMap(({ path, text }) =>
      usesOf(text)
        .filter(({ verb, flags }) => {
          const known = flagsOf.get(verb);
          return !known || flags.some((flag) => !known.includes(flag));
        })
        .map((use) => ({ path, ...use })),
    );
    expect(wrong).toEqual([]);
  });

  it('are all in cli.md, with every flag', () => {
    const text = page('docs/reference/cli.md');
    expect(captured(text, /^## ([a-z]+)$/gm).sort()).toEqual([...flagsOf.keys()].sort());
    const missing = [...flagsOf].flatMap(([verb, flags]) =>
      flags.filter((flag) => !text.includes(flag)).map((flag) => `${verb} ${flag}`),
    );
    expect(missing).toEqual([]);
  });

  it('end with the exit codes that cli.md lists', () => {
    const codes = captured(page('docs/reference/cli.md'), /^\| (\d+) +\|/gm).map(Number);
    expect(codes).toEqual(Object.values(EXIT).sort((a, b) => a - b));
  });
});

interface Use {
  readonly verb: string;
  readonly flags: readonly string[];
}

/** Every `secretscope VERB --flag …` in code; `kubectl get secretscope NAME` is none. */
function usesOf(text: string): Use[] {
  const code = [
    ...captured(text, /^```\w*\n([\s\S]*?)^```$/gm),
    ...captured(withoutFences(text), /`([^`\n]+)`/g),
  ];
  return code
    .flatMap((block) => block.split('\n'))
    .flatMap((line) => {
      const match = /(?<!(?:kubectl|helm) [^|;]*)(?<![\w/.-])secretscope (?:-- )?([a-z]+)\b([^|>#]*)/.exec(
        line,
      );
      return match ? [{ verb: match[1] ?? '', flags: captured(match[2] ?? '', /(--[a-z][a-z-]*)/g) }] : [];
    });
}

describe('a page of a kind', () => {
  it.each(KINDS.map(({ kind, plural }) => [kind, plural]))('names every field of %s', (kind, plural) => {
    const text = page(`docs/reference/${kind.toLowerCase()}.md`);
    const definition = parse(readFileSync(`crds/secretscope.dev_${plural}.yaml`, 'utf8')) as Definition;
    const schema = definition.spec.versions[0]?.schema.openAPIV3Schema.properties;
    const fields = unique([...fieldsOf(schema?.['spec']), ...fieldsOf(schema?.['status'])]);
    expect(fields.filter((field) => !new RegExp(`\\b${field}\\b`).test(text))).toEqual([]);
    expect(fields.length).toBeGreaterThan(5);
  });

  it.each(KINDS.map(({ kind }) => kind))('begins with an example: %s', (kind) => {
    const [first] = fences.filter(({ path }) => path === `docs/reference/${kind.toLowerCase()}.md`);
    expect(first?.language).toBe('yaml');
    expect(first?.text).toContain(`kind: ${kind}\n`);
  });
});

interface Schema {
  readonly properties?: Record<string, Schema>;
  readonly items?: Schema;
}

interface Definition {
  readonly spec: {
    readonly versions: readonly {
      readonly schema: { readonly openAPIV3Schema: { readonly properties: Record<string, Schema> } };
    }[];
  };
}

/** Kubernetes' own shapes, and fields that are refused as a whole. */
const NOT_OURS = ['matchLabels', 'matchExpressions', 'conditions', 'restart'];

function fieldsOf(schema: Schema | undefined): string[] {
  if (!schema) return [];
  const own = Object.entries(schema.properties ?? {}).filter(([name]) => !NOT_OURS.includes(name));
  return [...own.flatMap(([name, field]) => [name, ...fieldsOf(field)]), ...fieldsOf(schema.items)];
}

describe('gate.md', () => {
  const text = page('docs/reference/gate.md');

  it('prints every edge of the state machine as the code has it', () => {
    const rows = [...text.matchAll(/^\| `(\w+)` +\| (\w+) → (\w+) +\| (.+?) +\| (.+?) +\|$/gm)];
    const printed = rows.map(([, edge, from, to, when, source]) => ({ edge, from, to, when, source }));
    expect(printed).toEqual(Object.entries(EDGES).map(([edge, rest]) => ({ edge, ...rest })));
  });
});

describe('metrics.md', () => {
  it('has every metric of the operator, with its type, and no other', async () => {
    const metrics = wholeMetrics();
    const real = (await metrics.registry.getMetricsAsJSON()).map(
      ({ name, type }) => `${name} ${String(type)}`,
    );
    const rows = [...page('docs/reference/metrics.md').matchAll(/^\| `(secretscope_\w+)` +\| (\w+) +\|/gm)];
    expect(rows.map(([, name, type]) => `${name} ${type}`).sort()).toEqual(real.sort());
  });

  it('names metrics of the process that there are', async () => {
    const metrics = createMetrics();
    observeProcess(metrics);
    const real = (await metrics.registry.getMetricsAsJSON()).map(
      ({ name, type }) => `${name} ${String(type)}`,
    );
    const rows = [
      ...page('docs/reference/metrics.md').matchAll(/^\| `((?:process|nodejs)_\w+)` *\| (\w+) +\|/gm),
    ];
    expect(rows.length).toBeGreaterThan(3);
    expect(real).toEqual(expect.arrayContaining(rows.map(([, name, type]) => `${name} ${type}`)));
  });
});
