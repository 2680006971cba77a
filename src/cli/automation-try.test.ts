import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AutomationCluster, anAutomation, type Operator, SPEC } from './automation-cli-fixture.ts';

const TEST = 'secretscope.dev/test';
let cluster: AutomationCluster;
beforeEach(async () => {
  cluster = await AutomationCluster.start();
});
afterEach(() => cluster[Symbol.asyncDispose]());

interface Wish {
  readonly id: string;
  readonly event: string;
  readonly payload?: object;
}

const wishIn = (text: string | undefined) => JSON.parse(text ?? 'null') as Wish | null;
/** Answers each test so. */
const answers =
  (test: object): Operator =>
  (annotations) => {
    const wish = wishIn(annotations[TEST]);
    return wish
      ? { test: { id: wish.id, at: '2026-11-22T10:03:01Z', placeholders: true, ...test } }
      : undefined;
  };
const took = { outcome: 'Answered', code: 204, milliseconds: 45 };
const wished = () => cluster.written.map((one) => wishIn(one[TEST] ?? undefined));

describe('WX7 automation test', () => {
  it('asks the operator, tells the code and the time, and leaves nothing behind', async () => {
    cluster.operator = answers(took);
    const { text, code } = await cluster.run('test', 'deploys');
    expect([code, text]).toEqual([0, 'HTTP 204 in 45 ms, with placeholders in the place of secrets']);
    expect(wished()).toEqual([{ id: 'r0', event: 'Rotated' }, null]);
    expect(cluster.written[1]).toEqual({ [TEST]: null });
    expect(cluster.annotations()).toEqual({});
  });

  it('warns of a receiver that takes placeholders for its token', async () => {
    cluster.operator = answers(took);
    expect((await cluster.run('test', 'deploys')).notes).toContain('so it checks neither');
    cluster.operator = answers({ ...took, placeholders: false });
    expect(await cluster.run('test', 'deploys')).toMatchObject({
      text: 'HTTP 204 in 45 ms, with the real secrets',
      notes: '',
    });
  });

  it('says nothing of secrets where there are none', async () => {
    const { secrets: _, accessToken: __, ...rest } = SPEC;
    cluster.put(anAutomation('open', { ...rest, payload: { text: 'hello' } }));
    cluster.operator = answers(took);
    expect(await cluster.run('test', 'team/open')).toMatchObject({ text: 'HTTP 204 in 45 ms', notes: '' });
  });

  it('asks for another event, with a payload of its own', async () => {
    cluster.operator = answers(took);
    cluster.files = { 'p.json': '{"text": "${reason}"}' };
    await cluster.run('test', 'deploys', '--event', 'syncfailed', '--payload', 'p.json');
    cluster.stdin = '{"a": [1, null]}';
    await cluster.run('test', 'deploys', '--payload', '-');
    expect(wished()).toEqual([
      { id: 'r0', event: 'SyncFailed', payload: { text: '${reason}' } },
      null,
      { id: 'r1', event: 'Rotated', payload: { a: [1, null] } },
      null,
    ]);
  });

  it('if the answer takes longer, says once why, and waits on', async () => {
    cluster.patienceMs = 5;
    const { notes } = await cluster.run('test', 'deploys', '--timeout', '200ms');
    const said =
      'there is no answer yet, still waiting: the operator sends at most one test of an automation in 10 s';
    expect(notes.split(said)).toHaveLength(2);
  });

  it('if the answer comes soon, says nothing of that', async () => {
    cluster.operator = answers({ ...took, placeholders: false });
    expect((await cluster.run('test', 'deploys')).notes).toBe('');
  });

  it('is JSON where that is asked for', async () => {
    cluster.operator = answers(took);
    const { text } = await cluster.run('test', 'deploys', '-o', 'json');
    expect(JSON.parse(text)).toEqual({ id: 'r0', event: 'Rotated', placeholders: true, ...took });
  });

  it.each<[string, object, string]>([
    ['a redirect', { ...took, code: 302 }, 'redirects are not followed'],
    ['a wrong path', { ...took, code: 404 }, 'or hides it from this token'],
    ['a payload that is not understood', { ...took, code: 422 }, '--dry-run'],
    ['placeholders that are refused', { ...took, code: 401 }, 'refuses placeholders'],
    ['secrets that are refused', { ...took, code: 403, placeholders: false }, 'secretscope secret set NAME'],
    ['too many', { ...took, code: 429 }, 'wants fewer of them'],
    ['another refusal', { ...took, code: 418 }, 'look at its own log'],
    ['a fault of the receiver', { ...took, code: 503 }, 'the fault is at the receiver'],
    ['no answer in time', { outcome: 'TimedOut', milliseconds: 10_000 }, 'within 10 s'],
    ['no connection', { outcome: 'ConnectionFailed', milliseconds: 3 }, 'firewall'],
    ['no such name', { outcome: 'NameNotResolved', milliseconds: 3 }, 'correct the host in spec.url'],
    ['a private address', { outcome: 'AddressRefused', milliseconds: 3 }, 'never sent to'],
    ['a host that is none', { outcome: 'HostRefused', milliseconds: 3 }, 'correct spec.url'],
    ['a certificate of nobody', { outcome: 'TLSRefused', milliseconds: 3 }, 'public authority'],
    ['an answer that is none', { outcome: 'AnswerRefused', milliseconds: 3 }, 'HTTPS server'],
  ])('after %s it ends with 1, and says what to do', async (_what, test, advice) => {
    cluster.operator = answers(test);
    const { text, notes, code } = await cluster.run('test', 'deploys');
    expect([code, notes]).toEqual([1, expect.stringContaining(advice)]);
    expect(notes).toContain('error: the test of team/deploys was not taken: ');
    expect(text).toContain('milliseconds' in test ? `${String(test.milliseconds)} ms` : '');
    expect(cluster.annotations()).toEqual({});
  });

  it('if nothing was sent, it tells the reason of the operator, harmless for a terminal', async () => {
    cluster.operator = answers({ message: 'HostNotAllowed: ask the \u001b[31morganization' });
    const { text, notes, code } = await cluster.run('test', 'deploys');
    expect([code, text]).toEqual([1, 'nothing was sent']);
    expect(notes).toBe(
      'error: the test of team/deploys was not sent: HostNotAllowed: ask the \\u{1b}[31morganization',
    );
  });

  it('an answer to another test is none to this one', async () => {
    cluster.operator = () => ({ test: { id: 'other', at: '', placeholders: false, ...took } });
    const { notes, code } = await cluster.run('test', 'deploys', '--timeout', '1s');
    expect([code, notes]).toEqual([7, expect.stringContaining('did not answer the test within 1 s')]);
    expect(cluster.annotations()).toEqual({});
  });

  it('where no answer comes, it tells what the operator says of the automation', async () => {
    const ready = { type: 'Ready', status: 'False', reason: 'NotAvailable', message: 'no \u001b[31mscope' };
    cluster.put(
      anAutomation('deploys', SPEC, {
        observedGeneration: 1,
        conditions: [{ ...ready, lastTransitionTime: '' }],
      }),
    );
    const { notes, code } = await cluster.run('test', 'deploys', '--timeout', '1s');
    expect(code).toBe(7);
    expect(notes).toMatch(/secretscope doctor\. The operator says NotAvailable: no \\u\{1b\}\[31mscope$/);
  });

  it('if no operator looks, it says so', async () => {
    cluster.put(anAutomation('deploys', SPEC, {}));
    const { notes, code } = await cluster.run('test', 'deploys', '--timeout', '1s');
    expect([code, notes]).toEqual([10, expect.stringContaining('was not looked at by any operator')]);
    expect(cluster.annotations()).toEqual({});
  });

  it('after Ctrl-C it takes the test back', async () => {
    cluster.meanwhile = (_received, count) => count === 4 && cluster.leave();
    const { notes, code } = await cluster.run('test', 'deploys');
    expect([code, notes]).toEqual([130, expect.stringContaining('interrupted; the test is taken back')]);
    expect(wished()).toEqual([{ id: 'r0', event: 'Rotated' }, null]);
    expect(cluster.annotations()).toEqual({});
  });

  it('if somebody asks for another test meanwhile, that one stays', async () => {
    cluster.meanwhile = (_received, count) => {
      if (count === 4) cluster.annotate({ [TEST]: '{"id":"theirs","event":"Rotated"}' });
    };
    const { notes, code } = await cluster.run('test', 'deploys');
    expect([code, notes]).toEqual([1, expect.stringContaining('was asked for another test meanwhile')]);
    expect(wishIn(cluster.annotations()[TEST])?.id).toBe('theirs');
  });

  it('if the operator writes its status meanwhile, the annotation goes all the same', async () => {
    cluster.operator = answers(took);
    cluster.meanwhile = ({ method }, count) => {
      if (method === 'PATCH' && count > 2 && count < 8) cluster.annotate({});
    };
    expect((await cluster.run('test', 'deploys')).code).toBe(0);
    expect(cluster.annotations()).toEqual({});
  });

  it('if the annotation cannot be taken off, the answer counts, and a command takes it off', async () => {
    cluster.operator = answers(took);
    cluster.meanwhile = ({ method }) => {
      if (method === 'PATCH' && cluster.written.length === 1)
        cluster.refused.set('PATCH', { code: 403, reason: 'Forbidden', message: 'no' });
    };
    const { notes, code } = await cluster.run('test', 'deploys');
    expect(code).toBe(0);
    expect(notes).toContain(`kubectl annotate webhookautomation deploys -n team ${TEST}-`);
  });

  it('an API server that is away for a moment ends nothing', async () => {
    const looks: string[] = [];
    cluster.meanwhile = ({ method }) => {
      looks.push(method);
      if (looks.length === 3)
        cluster.refused.set('GET', { code: 500, reason: 'InternalError', message: 'x' });
      if (looks.length === 4) {
        cluster.refused.delete('GET');
        cluster.operator = answers(took);
        cluster.annotate({});
      }
    };
    const { code, text } = await cluster.run('test', 'deploys', '--timeout', '2s');
    expect([code, text]).toEqual([0, expect.stringContaining('HTTP 204')]);
    expect(looks.length).toBeGreaterThan(4);
  });

  it.each([
    ['is deleted', () => cluster.remove(), 4],
    ['is made again', () => cluster.put(anAutomation('deploys', SPEC, {}, { uid: 'another' })), 4],
  ] as const)(
    'if it %s meanwhile, that ends it, and the other one is left alone',
    async (_what, act, ends) => {
      cluster.meanwhile = (_received, count) => {
        if (count === 3) act();
      };
      const { notes, code } = await cluster.run('test', 'deploys');
      expect([code, notes]).toEqual([ends, expect.stringContaining('was deleted meanwhile')]);
      expect(cluster.written).toHaveLength(1);
    },
  );

  it.each<[string, string, string, number]>([
    [
      'by RBAC',
      'forbidden',
      'the right to patch webhookautomations.secretscope.dev in namespace team is missing',
      3,
    ],
    [
      'by admission',
      'ValidatingAdmissionPolicy automation-rights denied the request: use the verb',
      'refused by an admission policy',
      3,
    ],
  ])('if it is refused %s, it says which right is missing', async (_how, message, wanted, ends) => {
    cluster.refused.set('PATCH', { code: 403, reason: 'Forbidden', message });
    const { notes, code } = await cluster.run('test', 'deploys');
    expect([code, notes]).toEqual([ends, expect.stringContaining(wanted)]);
  });

  it.each<[string[], string, number]>([
    [['test', 'A_B'], 'is not an automation; use NAME or NAMESPACE/NAME', 2],
    [['test', 'a/b/c'], 'is not an automation', 2],
    [['test', 'ci/deploys', '-n', 'team'], 'use either', 2],
    [['test', 'deploys', '--event', 'Exploded'], '--event takes Materialized, Rotated', 2],
    [['test', 'deploys', '--timeout', '5'], '--timeout takes a duration', 2],
    [['test', 'deploys', '--payload', 'none.json'], 'cannot be read (ENOENT)', 2],
    [['test', 'deploys', '-f', 'x.yaml'], '-f is for --dry-run', 2],
    [['test', 'other'], 'there is no automation other in namespace team', 4],
  ])('refuses %j', async (args, message, ends) => {
    const { notes, code } = await cluster.run(...args);
    expect([code, notes]).toEqual([ends, expect.stringContaining(message)]);
    expect(cluster.written).toEqual([]);
  });

  it.each<[string, string, string]>([
    ['is no JSON', '{"text": "hunter2"', 'is no JSON'],
    ['is no object', '["hunter2"]', 'is no JSON object'],
    [
      'holds a token',
      `{"text": "hunter2 ghp_${'a1B2c3D4e5F6'.repeat(3)}"}`,
      'holds what looks like a credential, which the API server would write down',
    ],
    ['uses an unknown variable', '{"text": "${hunter}"}', 'payload.text uses ${hunter}, which no event has'],
  ])('if the payload %s, nothing is asked, and nothing of it is repeated', async (_what, stdin, message) => {
    cluster.stdin = stdin;
    const { notes } = await cluster.run('test', 'deploys', '--payload', '-');
    expect(notes).toContain(message);
    expect(notes).not.toContain('hunter2');
    expect(cluster.written).toEqual([]);
  });
});

describe('automation test --dry-run', () => {
  it('shows the request with placeholders, and writes nothing', async () => {
    const { text, notes, code } = await cluster.run('test', 'deploys', '--dry-run', '--event', 'SyncFailed');
    expect([code, notes]).toEqual([0, expect.stringContaining('nothing was sent')]);
    const lines = text.split('\n');
    expect(lines[0]).toBe('POST https://hooks.acme.dev/deploys/s3cr3t-path');
    expect(lines).toContain('Authorization: Bearer placeholder-for-HOOK_TOKEN');
    expect(lines).toContain('X-SecretScope-Event: SyncFailed');
    expect(lines).toContain('User-Agent: secretscope/0.1.0');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ token: 'placeholder-for-HOOK_TOKEN' });
    expect(cluster.few.writes).toEqual([]);
  });

  it('with a payload of its own, as JSON', async () => {
    cluster.stdin = '{"text": "${event_type}"}';
    const { text } = await cluster.run('test', 'deploys', '--dry-run', '--payload', '-', '-o', 'json');
    const { method, body } = JSON.parse(text) as { method: string; body: string };
    expect([method, body]).toEqual(['POST', '{"text":"Rotated"}']);
  });

  it('what a terminal would obey is shown, not done', async () => {
    cluster.put(anAutomation('odd', { ...SPEC, payload: { text: 'a\u202eb \u007f' } }));
    const { text } = await cluster.run('test', 'odd', '--dry-run');
    expect(text).toContain('a\\u{202e}b \\u{7f}');
  });

  it('tells every fault of it', async () => {
    cluster.put(anAutomation('wrong', { ...SPEC, payload: { a: '${NOPE}', b: ['${nope}'] } }));
    const { notes, code } = await cluster.run('test', 'wrong', '--dry-run');
    expect(code).toBe(1);
    expect(notes).toContain('payload.a uses ${NOPE}');
    expect(notes).toContain('payload.b.0 uses ${nope}');
  });
});
