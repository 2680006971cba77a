/** The samples of webhook automations, and the receivers that the guide shows, run on what is really sent. */
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { isAllowedHost } from '../src/automate/allowed-host.ts';
import { COMMON_VARIABLES, EVENT_VARIABLES } from '../src/automate/event-variables.ts';
import { type ParsedWebhook, parseWebhook } from '../src/automate/parse-webhook.ts';
import { placeholders, renderWebhook } from '../src/automate/render-webhook.ts';
import type { WebhookAutomation } from '../src/model/kinds/webhook-automation.ts';
import { parseAutomation, parseScope } from '../src/model/validate.ts';

const FOLDER = 'deploy/samples/webhooks';
const GUIDE = readFileSync('docs/guides/webhooks.md', 'utf8');

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: { readonly secrets?: readonly object[] };
}

const documentsOf = (text: string): Manifest[] =>
  parseAllDocuments(text).map((document) => document.toJS() as Manifest);
const stored = (object: Manifest) => ({
  ...object,
  metadata: { uid: 'u', resourceVersion: '1', ...object.metadata },
});

function automationsIn(text: string): WebhookAutomation[] {
  return documentsOf(text)
    .filter(({ kind }) => kind === 'WebhookAutomation')
    .map((one) => {
      const parsed = parseAutomation(stored(one));
      return parsed.kind === 'ok' ? parsed.value : expect.fail(JSON.stringify(parsed));
    });
}

function fencesOf(language: string): string[] {
  return [...GUIDE.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, text = '']) => text,
  );
}

const inFiles = ['slack.yaml', 'generic.yaml'].flatMap((file) =>
  automationsIn(readFileSync(`${FOLDER}/${file}`, 'utf8')).map(
    (one) => [`${file} ${one.metadata.name}`, one] as const,
  ),
);
const inGuide = fencesOf('yaml')
  .flatMap(automationsIn)
  .map((one) => [`the guide's ${one.metadata.name}`, one] as const);
const samples = [...inFiles, ...inGuide];

function webhookOf({ spec }: WebhookAutomation): ParsedWebhook {
  const parsed = parseWebhook(spec);
  return parsed.kind === 'ok' ? parsed.webhook : expect.fail(parsed.faults.join('; '));
}

/** What stands behind -p in the guide's patch of this scope. */
function patchOf(scope: string): unknown {
  const [, json] = new RegExp(`kubectl patch secretscope ${scope} [^']*-p '([^']*)'`).exec(GUIDE) ?? [];
  return JSON.parse(json ?? expect.fail(`the guide patches no ${scope}`));
}

/** The demo as it is in the cluster after the guide's patches; kubectl get prints what the server adds, too. */
function patchedDemo(): readonly Manifest[] {
  const files = ['1-namespaces.yaml', '4-scopes.yaml'];
  const demo = files.flatMap((file) => documentsOf(readFileSync(`deploy/samples/demo/${file}`, 'utf8')));
  const { spec: hosts } = patchOf('acme') as { spec: object };
  const [entry] = patchOf('web-production') as [{ op: string; path: string; value: object }];
  expect(entry).toMatchObject({ op: 'add', path: '/spec/secrets/-' });
  return demo.map((one) => {
    const { name } = one.metadata;
    const { secrets = [] } = one.spec ?? {};
    const isScope = one.kind === 'SecretScope';
    const added = isScope && name === 'acme' ? hosts : {};
    const entries = isScope && name === 'web-production' ? { secrets: [...secrets, entry.value] } : {};
    return { ...stored(one), spec: { ...one.spec, ...added, ...entries }, status: {} };
  });
}

function listedHosts(): readonly string[] {
  const acme = patchedDemo().find(({ kind, metadata }) => kind === 'SecretScope' && metadata.name === 'acme');
  const parsed = parseScope(acme);
  return (parsed.kind === 'ok' && parsed.value.spec.automationHosts) || expect.fail(JSON.stringify(parsed));
}

/** What one of them sends, as the receiver gets it: with names of headers in lower case. */
function sent(automation: WebhookAutomation, id: string) {
  const webhook = webhookOf(automation);
  const values = placeholders(webhook);
  const [event] = automation.spec.events;
  const variables = { delivery_id: id, event_type: String(event) };
  const rendered = renderWebhook(webhook, { id, event: event ?? 'Rotated', variables }, values, '0');
  if (rendered.kind !== 'ok') return expect.fail(rendered.message);
  const body = Buffer.from(rendered.request.body.reveal());
  const headers = Object.fromEntries(
    rendered.request.headers.map(({ name, value }) => [
      name.toLowerCase(),
      Buffer.from(value.reveal()).toString(),
    ]),
  );
  return { headers, body };
}

describe('the samples of webhook automations', () => {
  it('are four, and two more in the guide', () => {
    expect([inFiles.length, inGuide.length]).toEqual([4, 2]);
  });

  it.each(samples)('%s can be sent: every name is listed, every host is allowed', (_, automation) => {
    webhookOf(automation);
    expect(isAllowedHost(automation.spec.url, listedHosts())).toBe(true);
  });

  it.each(samples)('%s uses no variable that none of its events has', (_, automation) => {
    const { headers = [], payload, events, filter = [] } = automation.spec;
    const used = [...JSON.stringify([headers, payload]).matchAll(/\$\{([a-z_]+)/g)].map(([, name]) => name);
    const known = [...COMMON_VARIABLES, ...events.flatMap((event) => EVENT_VARIABLES[event])];
    const strange = [...used, ...filter.map(({ variable }) => variable)].filter(
      (name) => !known.includes(name ?? ''),
    );
    expect(strange).toEqual([]);
  });

  it.each(samples)('%s sends no secret in its payload', (_, automation) => {
    expect(JSON.stringify(automation.spec.payload)).not.toMatch(/\$\{[A-Z]/);
  });

  it('the guide shows the sample that tells reviewers, only with less of it', () => {
    const name = 'tell-reviewers';
    const shown = inGuide.find(([, one]) => one.metadata.name === name)?.[1].spec;
    const whole = inFiles.find(([, one]) => one.metadata.name === name)?.[1].spec;
    expect(whole).toMatchObject(shown ?? {});
  });

  it('in the cluster of the guide all levels resolve, and render says what the guide shows', () => {
    const list = { apiVersion: 'v1', kind: 'List', items: patchedDemo() };
    const args = ['src/main.ts', 'render', '-f', '-', '-f', `${FOLDER}/slack.yaml`];
    const options = { input: JSON.stringify(list), encoding: 'utf8' } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, args, options);
    expect([status, stderr]).toEqual([0, expect.not.stringMatching(/^error/m)]);
    const fence = fencesOf('console').find((one) => one.includes('secretscope render'));
    const [, shown = ''] = fence?.split('…\n') ?? [];
    expect(shown).toContain('WebhookAutomation');
    expect(stdout).toContain(shown);
  });

  it('all hosts of the list are used, so that nobody copies one for nothing', () => {
    for (const host of listedHosts())
      expect([host, samples.some(([, { spec }]) => isAllowedHost(spec.url, [host]))]).toEqual([host, true]);
  });
});

interface Delivery {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}
type Judge = (deliveries: readonly Delivery[], key: string) => Promise<readonly string[]>;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'secretscope-receiver-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const theOnly = (language: string) => {
  const found = fencesOf(language);
  expect(found).toHaveLength(1);
  return found[0] ?? '';
};

const withNode: Judge = async (deliveries, key) => {
  const file = join(folder, `receiver-${Math.random()}.mjs`);
  writeFileSync(file, theOnly('js'));
  const { judge } = (await import(pathToFileURL(file).href)) as {
    judge: (headers: object, body: Buffer, key: string) => string;
  };
  return deliveries.map(({ headers, body }) => judge(headers, body, key));
};

const DRIVER = `
import sys
for one in json.load(sys.stdin)["deliveries"]:
    print(judge(one["headers"], base64.b64decode(one["body"]), KEY))
`;
const withPython: Judge = async (deliveries, key) => {
  const program = `${theOnly('python')}\nKEY = base64.b64decode("${Buffer.from(key).toString('base64')}")\n${DRIVER}`;
  const input = JSON.stringify({
    deliveries: deliveries.map(({ headers, body }) => ({ headers, body: body.toString('base64') })),
  });
  const { status, stdout, stderr } = spawnSync('python3', ['-c', program], { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim().split('\n');
};
const hasPython = spawnSync('python3', ['--version']).status === 0;

const generic = inFiles.find(([, { metadata }]) => metadata.name === 'tell-deployer')?.[1];
const asGitHub = inGuide.find(([, { metadata }]) => metadata.name === 'as-github')?.[1];

describe.each([
  ['Node', withNode, true],
  ['Python', withPython, hasPython],
] as const)('the receiver of the guide, with %s', (_, judge, isThere) => {
  const KEY = 'placeholder-for-DEPLOYER_SIGNING_KEY';
  const delivery = (id: string) => sent(generic ?? expect.fail('there is no tell-deployer'), id);

  it.runIf(isThere)('takes what is sent, and takes it once', async () => {
    const answers = await judge([delivery('id-1'), delivery('id-2'), delivery('id-1')], KEY);
    expect(answers).toEqual(['new', 'new', 'repeated']);
  });

  it.runIf(isThere)(
    'takes what anybody signs by the rule: base64 of HMAC-SHA256 over the bytes',
    async () => {
      const body = Buffer.from('{ "id": "ü",\n"other": [1.0] }');
      const signature = createHmac('sha256', KEY).update(body).digest('base64');
      expect(await judge([{ headers: { 'x-wandb-signature': signature }, body }], KEY)).toEqual(['new']);
    },
  );

  it.runIf(isThere)('refuses what was changed, is signed with another key, or not signed', async () => {
    const { headers, body } = delivery('id-1');
    const signature = String(headers['x-wandb-signature']);
    const signed = (other: string) => ({ headers: { ...headers, 'x-wandb-signature': other }, body });
    const forged = [
      { headers, body: Buffer.concat([body, Buffer.from(' ')]) },
      { headers, body: Buffer.from(body.toString().replace('id-1', 'id-2')) },
      signed(''),
      signed('ü'),
      signed(signature.slice(0, -4)),
      signed(Buffer.from(signature, 'base64').toString('hex')),
      { headers: {}, body },
      { headers: {}, body: Buffer.from('no JSON') },
    ];
    expect(await judge(forged, KEY)).toEqual(forged.map(() => 'forged'));
    expect(await judge([delivery('id-1')], `${KEY}x`)).toEqual(['forged']);
  });

  it.runIf(isThere)('believes the id in the body, not the one that no signature covers', async () => {
    const first = delivery('id-1');
    const again = { ...first, headers: { ...first.headers, 'x-secretscope-delivery': 'id-2' } };
    expect(await judge([first, again], KEY)).toEqual(['new', 'repeated']);
  });
});

it('a receiver of GitHub webhooks finds the signature that it looks for', () => {
  const { headers, body } = sent(asGitHub ?? expect.fail('there is no as-github'), 'id-1');
  const due = createHmac('sha256', 'placeholder-for-DEPLOYER_SIGNING_KEY').update(body).digest('hex');
  expect(headers['x-hub-signature-256']).toBe(`sha256=${due}`);
});
