import { afterEach, describe, expect, it } from 'vitest';
import { openClient } from '../kube/open-client.ts';
import { FakeClock } from '../kube/testing/fake-clock.ts';
import { json, ScriptedServer } from '../kube/testing/scripted-server.ts';
import { ScrapeAccess } from './scrape-access.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(() => Promise.all(closing.splice(0).map((close) => close())));

/** An API server that knows tokens by who holds them, and one who may get /metrics. */
class Reviewer {
  readonly asked: string[] = [];
  readonly errors: unknown[] = [];
  readonly clock = new FakeClock();
  owners = new Map([
    ['good', 'scraper'],
    ['weak', 'nobody-special'],
  ]);
  mayGet = new Set(['scraper']);
  answers = true;
  undecided = false;

  async access(): Promise<ScrapeAccess> {
    const server = await ScriptedServer.start((request, response) => {
      const { spec } = request.body as {
        spec: { token?: string; user?: string; nonResourceAttributes?: object };
      };
      this.asked.push(request.path.split('/').at(-1) ?? '');
      if (!this.answers) return json(response, 500, {});
      if (spec.token !== undefined) {
        const username = this.owners.get(spec.token);
        return json(response, 201, {
          status: username ? { authenticated: true, user: { username } } : { authenticated: false },
        });
      }
      expect(spec.nonResourceAttributes).toEqual({ path: '/metrics', verb: 'get' });
      const evaluationError = this.undecided ? 'the authorizer is away' : '';
      return json(response, 201, { status: { allowed: this.mayGet.has(spec.user ?? ''), evaluationError } });
    });
    const { client, close } = openClient({
      endpoint: server.endpoint(),
      clock: this.clock,
      random: () => 0,
      userAgent: 'test',
    });
    closing.push(close, () => server.stop());
    return new ScrapeAccess({
      kube: client,
      clock: this.clock,
      path: '/metrics',
      onError: (error) => this.errors.push(error),
    });
  }
}

describe('who may scrape', () => {
  it.each([
    ['a token whose holder may get the path', 'Bearer good', 'admitted'],
    ['one whose holder may not', 'Bearer weak', 'refused'],
    ['one that nobody holds', 'Bearer forged', 'unknown'],
    ['no token', undefined, 'unknown'],
    ['another scheme', 'Basic Z29vZA==', 'unknown'],
    ['what is no token', 'Bearer good good', 'unknown'],
    ['one of 9 kB', `Bearer ${'x'.repeat(9_000)}`, 'unknown'],
  ])('%s: %s is %s', async (_case, shown, admission) => {
    const reviewer = new Reviewer();
    expect(await (await reviewer.access()).admit(shown)).toBe(admission);
  });

  it('a right that the API server cannot decide on is none', async () => {
    const reviewer = new Reviewer();
    reviewer.undecided = true;
    expect(await (await reviewer.access()).admit('Bearer weak')).toBe('refused');
  });

  it('what cannot be a token is asked of nobody', async () => {
    const reviewer = new Reviewer();
    const access = await reviewer.access();
    await access.admit('Bearer');
    await access.admit(`Bearer ${'x'.repeat(9_000)}`);
    expect(reviewer.asked).toEqual([]);
  });
});

describe('what the API server said', () => {
  it('is used again for 15 s, and by all who ask at once', async () => {
    const reviewer = new Reviewer();
    const access = await reviewer.access();
    await Promise.all([access.admit('Bearer good'), access.admit('Bearer good')]);
    await reviewer.clock.advance(14_000);
    expect(await access.admit('Bearer good')).toBe('admitted');
    expect(reviewer.asked).toEqual(['tokenreviews', 'subjectaccessreviews']);
  });

  it('is over after that: a right that was taken away is gone', async () => {
    const reviewer = new Reviewer();
    const access = await reviewer.access();
    await access.admit('Bearer good');
    reviewer.mayGet.clear();
    await reviewer.clock.advance(15_000);
    expect(await access.admit('Bearer good')).toBe('refused');
  });

  it('is over after 3 s where it was no: a right that was given arrives', async () => {
    const reviewer = new Reviewer();
    const access = await reviewer.access();
    expect(await access.admit('Bearer weak')).toBe('refused');
    reviewer.mayGet.add('nobody-special');
    expect(await access.admit('Bearer weak')).toBe('refused');
    await reviewer.clock.advance(3_000);
    expect(await access.admit('Bearer weak')).toBe('admitted');
  });

  it('that it could not be asked admits nobody, is told, and holds nobody off', async () => {
    const reviewer = new Reviewer();
    reviewer.answers = false;
    const access = await reviewer.access();
    const asked = access.admit('Bearer good');
    const settled = asked.then(() => true);
    while (!(await Promise.race([settled, reviewer.clock.advance(1_000).then(() => false)])));
    expect(await asked).toBe('undecided');
    expect(JSON.stringify(reviewer.errors)).not.toContain('good');
    expect(reviewer.errors).toHaveLength(1);
    reviewer.answers = true;
    expect(await access.admit('Bearer good')).toBe('admitted');
  });
});

describe('a flood of strangers', () => {
  it('costs the API server 20 questions and then two a second', async () => {
    const reviewer = new Reviewer();
    const access = await reviewer.access();
    const said: string[] = [];
    for (let index = 0; index < 100; index++) said.push(await access.admit(`Bearer forged${index}`));
    expect(reviewer.asked).toHaveLength(20);
    expect(said.filter((admission) => admission === 'undecided')).toHaveLength(80);
    await reviewer.clock.advance(1_000);
    for (let index = 0; index < 100; index++) await access.admit(`Bearer other${index}`);
    expect(reviewer.asked).toHaveLength(22);
  });

  it('does not hold up whoever was admitted before, and holds no more than 300 answers', async () => {
    const reviewer = new Reviewer();
    const access = await reviewer.access();
    await access.admit('Bearer good');
    for (let round = 0; round < 40; round++) {
      await reviewer.clock.advance(10_000);
      for (let index = 0; index < 20; index++) await access.admit(`Bearer forged${round}-${index}`);
    }
    expect(access.size).toBeLessThanOrEqual(64 + 256);
    for (let index = 0; index < 100; index++) await access.admit(`Bearer last${index}`);
    expect(await access.admit('Bearer good')).toBe('admitted');
  });
});
