/** A webhook tells the reviewers' chat that production waits, with secrets of the organization; the chat checks them. */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { type KubeDraft, type KubeObject, SECRETS } from '../../src/kube/kube-objects.ts';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import type { RequestSpec } from '../../src/model/kinds/secret-request.ts';
import { AUTOMATIONS, REQUESTS, SCOPES } from '../../src/watch/resources.ts';
import { scopeView } from '../../src/watch/views.ts';
import type { ControlPlane } from '../../test/cluster/control-plane.ts';
import { DemoClient } from './demo-client.ts';
import { indented, refused, secretscope, until, type Voice } from './demo-verb.ts';
import { isTaken, type Judgement, type ReviewersChat } from './reviewers-chat.ts';

const ORGANIZATION = { namespace: 'acme-org', name: 'acme' };
const PRODUCTION = { namespace: 'team-web-prod', name: 'web-production' };
const IN_PRODUCTION = ['-n', PRODUCTION.namespace];
const WEBHOOK = { namespace: PRODUCTION.namespace, name: 'tell-reviewers' };
const WANTED = 'DATABASE_PASSWORD';

export async function tellReviewers(
  cluster: ControlPlane,
  admin: DemoClient,
  chat: ReviewersChat,
  voice: Voice,
): Promise<void> {
  const tomsConfig = await cluster.userKubeconfig('tom');
  const tom = await DemoClient.connect(tomsConfig);
  try {
    await organizationKnows(admin, chat, voice);
    await makeWebhook(tom, chat, voice);
    const request = await until('the request of the webhook', () => waiting(admin, 'WebhookAutomation'));
    const ana = await cluster.userKubeconfig('ana');
    await lookAndTry(ana, tomsConfig, request, chat, voice);
    await approve(ana, request, admin, voice);
    await changeProduction(tom, admin, chat, voice);
  } finally {
    await tom.close();
  }
}

/** Entries and a host beside those that the scope has: another owner of fields, as another file would be. */
async function organizationKnows(
  { kube }: DemoClient,
  chat: ReviewersChat,
  { step, say }: Voice,
): Promise<void> {
  step(`reviewers want to be told in their chat, an HTTPS server at ${chat.address} in this process:
  it takes a message only with its token, signed with its key, and only once`);
  const kept = { ...ORGANIZATION, name: 'chat' };
  const stringData = { token: chat.token, key: chat.key };
  const entry = (name: string, property: string) => ({
    name,
    from: { key: kept.name, property },
    access: { visibility: 'Selected', repositories: [{ namespace: 'team-web', name: 'web' }] },
  });
  const owner = { fieldManager: 'demo-chat' };
  await kube.apply(SECRETS, { apiVersion: 'v1', kind: 'Secret', metadata: kept, stringData }, owner);
  const spec = {
    level: 'Organization',
    automationHosts: ['127.0.0.1'],
    secrets: [entry('CHAT_TOKEN', 'token'), entry('CHAT_KEY', 'key')],
  };
  await kube.apply(
    SCOPES,
    { apiVersion: API_VERSION, kind: 'SecretScope', metadata: ORGANIZATION, spec },
    owner,
  );
  say(
    '  the organization keeps both, as CHAT_TOKEN and CHAT_KEY, and lists the host, which nobody below it can',
  );
}

async function makeWebhook({ kube }: DemoClient, chat: ReviewersChat, { step, say }: Voice): Promise<void> {
  const manifest = (await readFile('scripts/demo/tell-reviewers.yaml', 'utf8')).replace(
    'CHAT/',
    `${chat.address}/`,
  );
  step('tom, who works on production, makes a webhook that tells them when production waits:');
  say(indented(manifest));
  await kube.apply(AUTOMATIONS, parse(manifest) as KubeDraft, { fieldManager: 'tom' });
}

/** Nothing of the organization goes anywhere before ana has said yes, and the chat can tell. */
async function lookAndTry(
  ana: string,
  tom: string,
  request: string,
  chat: ReviewersChat,
  { step, say }: Voice,
): Promise<void> {
  step(`it uses secrets in production, so ana reads it first: secretscope review show ${request}`);
  say(indented(await secretscope(ana, undefined, 'review', 'show', request, ...IN_PRODUCTION)));
  step(`until she says yes, tom can only try the way there: secretscope automation test ${WEBHOOK.name}`);
  say(indented(await refused(tom, 'automation', 'test', WEBHOOK.name, ...IN_PRODUCTION)));
  const [test, ...others] = chat.judged;
  if (!test || others.length > 0)
    throw new Error(`the chat got ${chat.judged.length} messages, not one test`);
  tellOf(test, say);
  if (test.rightToken || test.rightSignature)
    throw new Error('a secret was sent before anybody had approved it');
}

async function approve(
  ana: string,
  request: string,
  { kube }: DemoClient,
  { step, say }: Voice,
): Promise<void> {
  step(`ana approves: secretscope review approve ${request}`);
  const comment = ['--comment', 'tell us'];
  await secretscope(ana, undefined, 'review', 'approve', request, '--yes', ...comment, ...IN_PRODUCTION);
  await until('the webhook is ready', async () => {
    const { status = {} }: Automation = await kube.get(AUTOMATIONS, WEBHOOK);
    return status.conditions?.some(({ type, status: holds }) => type === 'Ready' && holds === 'True');
  });
  say('  that was once: the webhook listens from now on');
}

interface Automation extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

async function changeProduction(
  tom: DemoClient,
  admin: DemoClient,
  chat: ReviewersChat,
  { step, say }: Voice,
): Promise<void> {
  step(`tom wants one more secret in production: ${WANTED}`);
  const before = chat.judged.length;
  const scope = scopeView(await tom.kube.get(SCOPES, PRODUCTION));
  if (scope.spec.kind !== 'ok') throw new Error('the scope of production cannot be read');
  const targets = scope.spec.value.targets?.map((target) => ({
    ...target,
    include: [...(target.include ?? []), WANTED],
  }));
  const started = performance.now();
  await tom.kube.mergePatch(SCOPES, PRODUCTION, { spec: { targets } });
  const message = await until('the message of the webhook', async () => chat.judged.at(before));
  say(`  ${Math.round(performance.now() - started)} ms later the chat got a message:`);
  tellOf(message, say);
  const request = await until('the request of production', () => waiting(admin, 'Target'));
  if (!isTaken(message)) throw new Error('the chat has not taken the message');
  if (!message.text.includes(request)) throw new Error(`the message does not say that ${request} waits`);
  say(`  and ${WANTED} waits for ana: secretscope review show ${request}`);
}

/** The one that waits for reviewers, of that kind of consumer. */
async function waiting(
  { kube }: DemoClient,
  kind: RequestSpec['consumer']['kind'],
): Promise<string | undefined> {
  const { items } = await kube.list(REQUESTS, { namespace: PRODUCTION.namespace });
  const found = (items as Request[]).find(
    ({ spec, status }) => spec?.consumer.kind === kind && status?.state === 'Waiting',
  );
  return found?.metadata.name;
}

interface Request extends KubeObject {
  readonly spec?: Pick<RequestSpec, 'consumer'>;
  readonly status?: { readonly state?: string };
}

function tellOf(message: Judgement, say: Voice['say']): void {
  const { rightToken, rightSignature, newDelivery, delivery, bytes, text } = message;
  const lines = [
    ...(text === '' ? [] : [`“${text}”`]),
    `token in Authorization: ${rightToken ? 'right, it is CHAT_TOKEN of the organization' : 'wrong'}`,
    `signature: ${rightSignature ? `right, HMAC-SHA256 of these ${bytes} bytes with CHAT_KEY` : 'wrong'}`,
    ...(rightSignature
      ? [
          `delivery ${delivery}: ${newDelivery ? 'the id that was signed, and new' : 'came before, or is not the one that was signed'}`,
        ]
      : []),
    isTaken(message) ? 'taken: HTTP 204' : 'refused: HTTP 401',
  ];
  for (const line of lines) say(`  chat │ ${line}`);
}
