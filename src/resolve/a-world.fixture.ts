/** Facts for tests of the pure core, told as a chain: `aWorld().org().secret('A').repo('web').env('prod')`. */
import type {
  BackendFacts,
  Discovery,
  Facts,
  NamespaceFacts,
  ParentFacts,
  ScopeFacts,
} from '../model/facts.ts';
import type { Grant } from '../model/kinds/secret-backend.ts';
import type { Access, Discover, Entry, Level, ScopeSpec } from '../model/kinds/secret-scope.ts';
import type { TargetSpec } from '../model/kinds/target.ts';
import type { NameAnswer, Resolution, ResolvedNames, TargetPlan } from '../model/plan.ts';
import { answerOf, resolve } from './resolve.ts';
import { planTarget } from './target-plan.ts';

type Why = Extract<ParentFacts, { kind: 'unknown' }>['why'];
type ChildrenRule = NonNullable<ScopeSpec['children']>[number];
type EntryOptions = Omit<Entry, 'name' | 'from'> & Partial<Entry['from']>;

/** Every namespace of the sample organization carries this label. */
export const ACME = { matchLabels: { org: 'acme' } };
/** Selects one namespace by the label that the API server sets. */
export const named = (name: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': name } });
export const trusting = (namespaces: ChildrenRule['namespaces']): ChildrenRule => ({
  namespaces,
  visibility: 'Private',
  trusted: true,
});

/** An access policy that selects one repository. */
export const onlyFor = (namespace: string, name: string): Access => ({
  visibility: 'Selected',
  repositories: [{ namespace, name }],
});

export function aNamespace(name: string, labels: Record<string, string> = { org: 'acme' }): NamespaceFacts {
  return { name, labels: { 'kubernetes.io/metadata.name': name, ...labels } };
}

/** A scope that only has to be somewhere: for functions that look at one scope. */
export function aScope(level: Level, name: string, namespace: NamespaceFacts, spec: Partial<ScopeSpec> = {}) {
  const scope: ScopeFacts = {
    id: { namespace: namespace.name, name, uid: `uid-${namespace.name}-${name}` },
    spec: { level, ...spec },
    namespace,
    backend: { kind: 'none' },
    discovered: new Map(),
  };
  return scope;
}

export function anOwnBackend(namespace: string): Extract<BackendFacts, { kind: 'found' }> {
  return {
    kind: 'found',
    id: { namespace, name: 'vault', uid: `uid-${namespace}-vault` },
    refKind: 'SecretBackend',
    provider: 'memory',
    identity: { account: namespace },
    grants: 'own',
  };
}

export function aSharedBackend(grants: readonly Grant[]): Extract<BackendFacts, { kind: 'found' }> {
  return {
    ...anOwnBackend(''),
    id: { namespace: '', name: 'shared', uid: 'uid-shared' },
    refKind: 'ClusterSecretBackend',
    grants,
  };
}

export const aWorld = (): World => new World();

export class World {
  readonly #levels: { scope: ScopeFacts; why: Why | undefined }[] = [];
  #heldBy: Facts['environmentNameHeldBy'];

  org(name = 'acme', namespace = `${name}-org`): this {
    return this.#add('Organization', name, aNamespace(namespace), { children: [trusting(ACME)] });
  }

  repo(name = 'web', namespace = `team-${name}`): this {
    return this.#add('Repository', name, aNamespace(namespace), { children: [trusting(ACME)] });
  }

  env(name = 'prod', namespace = `team-web-${name}`): this {
    return this.#add('Environment', `web-${name}`, aNamespace(namespace), {});
  }

  /** Everything below speaks of the level added last. */
  secret(name: string, options: EntryOptions = {}): this {
    const { locked, access, ...source } = options;
    const key = `${this.#scope.spec.level.toLowerCase()}/${name.toLowerCase()}`;
    const from = { key, ...source };
    const entry: Entry = { name, from, ...(locked && { locked }), ...(access && { access }) };
    return this.spec({ secrets: [...(this.#scope.spec.secrets ?? []), entry] });
  }

  secrets(count: number, prefix = 'SECRET', options: EntryOptions = {}): this {
    for (let i = 1; i <= count; i++) this.secret(`${prefix}_${String(i).padStart(3, '0')}`, options);
    return this;
  }

  discover(prefix: string, listing: readonly string[] | Discovery, access?: Access): this {
    const rule: Discover = { prefix, ...(access && { access }) };
    const found: Discovery =
      'kind' in listing ? listing : { kind: 'listed', keys: listing, truncated: false };
    const { spec, discovered } = this.#scope;
    return this.#change({
      spec: { ...spec, discover: [...(spec.discover ?? []), rule] },
      discovered: new Map([...discovered, [prefix, found]]),
    });
  }

  children(...children: ChildrenRule[]): this {
    return this.spec({ children });
  }

  consumers(...selectors: ChildrenRule['namespaces'][]): this {
    return this.spec({ consumers: selectors.map((namespaces) => ({ namespaces })) });
  }

  labels(labels: Record<string, string>): this {
    return this.#change({ namespace: aNamespace(this.#scope.namespace.name, labels) });
  }

  backend(backend: BackendFacts): this {
    const backendRef =
      backend.kind === 'none'
        ? undefined
        : { kind: backend.refKind, name: backend.kind === 'found' ? backend.id.name : backend.name };
    return this.#change({ backend, spec: { ...this.#scope.spec, backendRef } });
  }

  spec(change: Partial<ScopeSpec>): this {
    return this.#change({ spec: { ...this.#scope.spec, ...change } });
  }

  /** Values that were deleted through the product. */
  destroyed(destroyed: NonNullable<ScopeFacts['destroyed']>): this {
    return this.#change({ destroyed });
  }

  uid(uid: string): this {
    return this.#change({ id: { ...this.#scope.id, uid } });
  }

  /** To the levels below, this one is not known. */
  unknown(why: Why = 'NotFound'): this {
    const last = this.#levels.pop();
    if (last) this.#levels.push({ ...last, why });
    return this;
  }

  environmentNameHeldBy(namespace: string, name: string): this {
    this.#heldBy = { namespace, name, uid: `uid-${namespace}-${name}` };
    return this;
  }

  facts(): Facts {
    let parent: ParentFacts = { kind: 'none' };
    for (const { scope, why } of this.#levels.slice(0, -1))
      parent = why ? { kind: 'unknown', why } : { kind: 'found', scope, parent };
    return { scope: this.#scope, parent, ...(this.#heldBy && { environmentNameHeldBy: this.#heldBy }) };
  }

  resolve(destination?: NamespaceFacts): Resolution {
    return resolve(this.facts(), destination);
  }

  /** The resolution of a scope that nothing is wrong with. */
  names(destination?: NamespaceFacts): ResolvedNames {
    const resolution = this.resolve(destination);
    if (resolution.kind === 'refused')
      throw new Error(`refused: ${resolution.violations.map((violation) => violation.message).join('; ')}`);
    return resolution;
  }

  answer(name: string, destination?: NamespaceFacts): NameAnswer {
    return answerOf(this.names(destination), name);
  }

  /** Which level supplies a name, or what there is instead. */
  supplier(name: string, destination?: NamespaceFacts): string {
    const answer = this.answer(name, destination);
    return answer.kind === 'line' ? answer.line.level : answer.kind;
  }

  plan(target: Partial<TargetSpec> = {}, destination = this.#scope.namespace): TargetPlan {
    return planTarget(this.names(destination), { secretName: 'app', ...target }, destination);
  }

  /** What happens to each data key, as `KEY: deliver`. */
  keys(target: Partial<TargetSpec>): string[] {
    return this.plan(target).keys.map((key) => `${key.dataKey}: ${key.kind}`);
  }

  get #scope(): ScopeFacts {
    const last = this.#levels.at(-1);
    if (!last) throw new Error('add a level first: org(), repo() or env()');
    return last.scope;
  }

  #add(level: Level, name: string, namespace: NamespaceFacts, spec: Partial<ScopeSpec>): this {
    const above = this.#levels.at(-1)?.scope.id;
    const parentRef = above && { namespace: above.namespace, name: above.name };
    const backend = anOwnBackend(namespace.name);
    const backendRef = { kind: 'SecretBackend' as const, name: backend.id.name };
    const scope = aScope(level, name, namespace, { parentRef, backendRef, ...spec });
    this.#levels.push({ scope: { ...scope, backend }, why: undefined });
    return this;
  }

  #change(change: Partial<ScopeFacts>): this {
    const scope = { ...this.#scope, ...change };
    const why = this.#levels.pop()?.why;
    this.#levels.push({ scope, why });
    return this;
  }
}
