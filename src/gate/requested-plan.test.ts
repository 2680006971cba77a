import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyPlan, PlanLine, TargetPlan } from '../model/plan.ts';
import { type RequestPlan, subjectOf } from '../model/request-subject.ts';
import {
  ACCESS,
  aBackend,
  aPlan,
  deliver,
  first,
  keep,
  line,
  template,
  VERSION,
  value,
  withdraw,
  written,
} from './a-plan.fixture.ts';
import { anyPlans } from './any-plan.fixture.ts';
import { type Requester, requestedPlan } from './requested-plan.ts';

const asked = (
  plans: readonly TargetPlan[],
  released?: RequestPlan,
  requester: Requester = ACCESS,
  versionOf = first,
) => requestedPlan(requester, plans, versionOf, released);
const ids = (plan: RequestPlan) => subjectOf(plan).lines.map(({ id }) => id);

describe('a request says of a plan', () => {
  it('which Secret it is, and its type', () => {
    const { plan } = asked([aPlan([], { secretName: 'tls', type: 'kubernetes.io/tls' })]);
    expect(plan.secret).toEqual({ name: 'tls', type: 'kubernetes.io/tls' });
  });

  it('who supplies each secret, where it is kept, and by whom it is read', () => {
    const { plan } = asked([aPlan([value('A')])]);
    expect(plan.secrets).toEqual([
      {
        name: 'A',
        change: 'Added',
        level: 'Environment',
        scope: { namespace: 'prod', name: 'web-prod', uid: 'uid-own' },
        backend: {
          kind: 'SecretBackend',
          namespace: 'prod',
          name: 'vault',
          uid: 'uid-vault',
          provider: 'kubernetes',
          identity: '{"namespace":"vault"}',
        },
        key: 'a',
        version: '1',
      },
    ]);
  });

  it.each<[string, Partial<PlanLine>, object]>([
    ['a shared backend has no namespace', { backend: aBackend('shared') }, { backend: { name: 'shared' } }],
    ['a lock above is said', { locked: true }, { locked: true }],
    ['the part that is meant', { property: 'password' }, { property: 'password' }],
    ['what is undone before delivery', { encoding: 'Base64' }, { encoding: 'Base64' }],
    [
      'a version that the entry names, instead of the current one',
      { version: '7' },
      { version: '7', versionFixed: true },
    ],
    [
      'an identity that is too long to be read, as its digest',
      { backend: aBackend('vault', { ca: 'x'.repeat(2_000) }) },
      { backend: { identity: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) } },
    ],
  ])('%s', (_, change, expected) => {
    const { plan } = asked([aPlan([value(line('A', change))])]);
    expect(plan.secrets).toMatchObject([expected]);
    if (change.backend?.id.namespace === '') expect(plan.secrets[0]?.backend).not.toHaveProperty('namespace');
  });

  it('no version where none is known', () => {
    const { plan } = asked([aPlan([value('A')])], undefined, ACCESS, () => undefined);
    expect(plan.secrets[0]).not.toHaveProperty('version');
  });

  it.each<[string, KeyPlan, object]>([
    ['a value', value('A', 'a.txt'), { key: 'a.txt', content: 'Value', name: 'A' }],
    ['nothing', deliver('E', { kind: 'empty' }, [], ['E']), { key: 'E', content: 'Empty' }],
    ['a text', template('t', 'x=${A}', 'A'), { key: 't', content: 'Template', text: 'x=${A}' }],
    [
      'logins',
      deliver('.dockerconfigjson', {
        kind: 'dockerConfig',
        registries: [{ server: 'ghcr.io', username: 'bot', password: '${A}' }],
      }),
      {
        key: '.dockerconfigjson',
        content: 'DockerConfig',
        text: '[{"password":"${A}","server":"ghcr.io","username":"bot"}]',
      },
    ],
  ])('what a data key is made of: %s', (_, key, expected) => {
    expect(asked([aPlan([key])]).plan.keys).toEqual([{ change: 'Added', ...expected }]);
  });

  it('who receives it', () => {
    const { plan } = asked([aPlan([], { namespace: 'prod-b' }), aPlan([], { namespace: 'prod-a' })]);
    expect(plan.namespaces).toEqual([
      { name: 'prod-a', change: 'Added' },
      { name: 'prod-b', change: 'Added' },
    ]);
  });
});

describe('what cannot be delivered now', () => {
  const released = written(aPlan([value('A'), template('t', '${B}-${C}', 'B', 'C')])).plan;

  it.each<[string, KeyPlan, readonly string[]]>([
    ['a key that authority takes away is not asked for', withdraw('A'), []],
    ['a broken key that was never released is not asked for', keep('D'), []],
    ['an unknown key that was never released makes the plan incomplete', keep('D', true), ['key D']],
    ['an unknown key that was released does not', keep('A', true), []],
  ])('%s', (_, key, unknownLines) => {
    expect(asked([aPlan([key])], released).unknownLines).toEqual(unknownLines);
  });

  it.each([
    ['broken', false],
    ['unknown', true],
  ])(
    'if a %s key was released before, it is asked for as it was released, and nothing changes',
    (_, uncertain) => {
      const { plan } = asked([aPlan([keep('A', uncertain), keep('t', uncertain)])], released);
      expect(subjectOf(plan)).toEqual(subjectOf(released));
    },
  );

  it('if it was only listed as removed from what was released, it was not released', () => {
    const gone: RequestPlan = {
      ...released,
      keys: released.keys?.map((key) => ({ ...key, change: 'Removed' as const })),
    };
    expect(asked([aPlan([keep('A', true)])], gone)).toMatchObject({
      plan: { keys: [] },
      unknownLines: ['key A'],
    });
  });

  it('if a name was only listed as removed, a kept key does not bring it back', () => {
    const secrets = released.secrets.map((one) =>
      one.name === 'B' ? { ...one, change: 'Removed' as const } : one,
    );
    const { plan } = asked([aPlan([keep('t')])], { ...released, secrets });
    expect(ids(plan)).toEqual(['key t', 'name C', 'namespace prod', 'secret']);
  });

  it('if one namespace cannot have a key and another has something else in it, that is asked for', () => {
    const plans = [aPlan([keep('t')]), aPlan([value('A', 't')], { namespace: 'prod-b' })];
    expect(asked(plans, released).plan.keys).toMatchObject([{ key: 't', content: 'Value' }]);
  });

  it('if a name is supplied anew for another key, the kept key does not bring its old line back', () => {
    const { plan } = asked([aPlan([value('B=elsewhere'), keep('t')])], released);
    expect(plan.secrets.map(({ name, key }) => `${name} ${key}`)).toEqual(['B elsewhere', 'C c']);
  });

  it('if one namespace cannot have a key and another can, it is asked for as it is there', () => {
    const { plan } = asked(
      [aPlan([keep('A')]), aPlan([value('A=other')], { namespace: 'prod-b' })],
      released,
    );
    expect(plan.secrets.map(({ key }) => key)).toEqual(['other']);
  });

  it.each([
    ['before', ['prod-a', 'prod-b']],
    ['after', ['prod-b', 'prod-a']],
  ])('if a name is empty in one namespace, %s one that receives it, it is asked for', (_, order) => {
    const plans = order.map((namespace) =>
      aPlan([namespace === 'prod-a' ? deliver('A', { kind: 'empty' }, [], ['A']) : value('A')], {
        namespace,
      }),
    );
    expect(asked(plans).plan.keys).toEqual([{ key: 'A', change: 'Added', content: 'Value', name: 'A' }]);
  });

  it('if nothing was released, every unknown key is told once, in order', () => {
    const keys = [keep('D', true), keep('B', true), keep('D', true)];
    expect(asked([aPlan(keys)]).unknownLines).toEqual(['key B', 'key D']);
  });
});

describe('the subject of what is asked', () => {
  const subject = (key: KeyPlan, change: Partial<TargetPlan> = {}, requester = ACCESS, versionOf = first) =>
    written(aPlan([key], change), requester, versionOf).subject.digest;
  const plain = subject(value('A'));

  it('is the same when nothing changed', () => {
    expect(subject(value('A'))).toBe(plain);
  });

  it.each<[string, string]>([
    ['its key at the provider', subject(value('A=other'))],
    ['its part', subject(value(line('A', { property: 'p' })))],
    ['its encoding', subject(value(line('A', { encoding: 'Base64' })))],
    ['its supplier', subject(value(line('A', { scope: line('org:A').scope })))],
    ['its level', subject(value(line('A', { level: 'Repository' })))],
    ['a lock', subject(value(line('A', { locked: true })))],
    ['a version that the entry names', subject(value('A@1'))],
    ['its backend', subject(value(line('A', { backend: aBackend('other') })))],
    ['what its backend means', subject(value(line('A', { backend: aBackend('vault', { namespace: 'x' }) })))],
    [
      'a backend that was made again',
      subject(
        value(
          line('A', {
            backend: { ...aBackend('vault'), id: { namespace: 'prod', name: 'vault', uid: 'uid-2' } },
          }),
        ),
      ),
    ],
    [
      'what a backend with a long identity means',
      subject(value(line('A', { backend: aBackend('vault', { ca: 'x'.repeat(2_000) }) }))),
    ],
    ['its data key', subject(value('A', 'b'))],
    ['what its data key is made of', subject(template('A', '${A}', 'A'))],
    ['the type of the Secret', subject(value('A'), { type: 'kubernetes.io/tls' })],
    ['the name of the Secret', subject(value('A'), { secretName: 'app2' })],
    ['a namespace', subject(value('A'), { namespace: 'prod-b' })],
    ['what is approved', subject(value('A'), {}, VERSION)],
    ['the scope', subject(value('A'), {}, { ...ACCESS, scopeRef: { name: 'web-prod', uid: 'uid-2' } })],
    ['the consumer', subject(value('A'), {}, { ...ACCESS, consumer: { ...ACCESS.consumer, name: 'app2' } })],
  ])('differs with %s', (_, other) => {
    expect(other).not.toBe(plain);
  });

  it.each<[string, string]>([
    ['the version that is current', subject(value('A'), {}, ACCESS, () => '2')],
    ['whether the entry was discovered', subject(value(line('A', { explicit: false })))],
    [
      'labels, annotations and policies of the Secret',
      subject(value('A'), { labels: { a: 'b' }, atomic: true }),
    ],
  ])('does not differ with %s', (_, other) => {
    expect(other).toBe(plain);
  });

  it('differs with the version that is current, where versions are approved', () => {
    const one = subject(value('A'), {}, VERSION, () => '1');
    expect(subject(value('A'), {}, VERSION, () => '2')).not.toBe(one);
    expect(subject(value('A'), {}, VERSION, () => '1')).toBe(one);
  });
});

describe('whatever the plans are', () => {
  it('their order and that of their keys does not matter', () => {
    const shuffled = anyPlans.chain((plans) =>
      fc.tuple(
        fc.constant(plans),
        fc.shuffledSubarray(plans, { minLength: plans.length }),
        fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
      ),
    );
    fc.assert(
      fc.property(shuffled, anyPlans, ([plans, others, order], before) => {
        const released = written(before).plan;
        const turned = others.map((plan) => ({ ...plan, keys: turn(plan.keys, order) }));
        expect(asked(turned, released)).toEqual(asked(plans, released));
      }),
    );
  });

  it('what is asked and then cannot be had is asked the same way', () => {
    fc.assert(
      fc.property(anyPlans, (plans) => {
        const released = written(plans);
        const away = plans.map((plan) => ({
          ...plan,
          keys: plan.keys.map((key) => (key.kind === 'deliver' ? keep(key.dataKey, true) : key)),
        }));
        expect(subjectOf(asked(away, released.plan).plan)).toEqual(released.subject);
      }),
    );
  });

  it('nothing but what is delivered or was released is asked for', () => {
    fc.assert(
      fc.property(anyPlans, anyPlans, (plans, before) => {
        const released = written(before).plan;
        const known = new Set([...ids(released), ...ids(written(plans).plan)]);
        expect(ids(asked(plans, released).plan).filter((id) => !known.has(id))).toEqual([]);
      }),
    );
  });
});

/** The same keys in another order, by the given numbers. */
function turn<T>(items: readonly T[], order: readonly number[]): T[] {
  return items
    .map((item, index) => ({ item, at: order[index] ?? 0 }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
