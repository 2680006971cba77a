/**
 * Owns: `secretscope secret set`: values are read, sealed here, and stored by the operator. Used by: secret-verb.ts.
 */
import { stringify } from 'yaml';
import type { KubeClient } from '../kube/kube-client.ts';
import type { Entry } from '../model/kinds/secret-scope.ts';
import type { PublicKey } from '../seal/scope-keys.ts';
import { accessFor } from './secret-access.ts';
import { inParallel } from './secret-batch.ts';
import { type EntryPlan, planEntry, providerOf } from './secret-entry.ts';
import { type FoundScope, findScope, keyOfScope } from './secret-found-scope.ts';
import { type NamedValue, type ReadValues, readValues } from './secret-input.ts';
import { weaknessWarnings } from './secret-masking.ts';
import type { SetOrder } from './secret-order.ts';
import { readPublicKey } from './secret-public-key.ts';
import { ownedByGit, patchManifest, patchScope } from './secret-scope-patch.ts';
import { manifestName, passingName, sealedManifest, sealFor } from './secret-seal.ts';
import { sizeFault } from './secret-size.ts';
import { readStore } from './secret-store.ts';
import type { SecretTools } from './secret-tools.ts';
import { sendSealed, trySealed } from './secret-wait.ts';
import { EXIT, ExitError } from './usage-error.ts';

/** What the operator keeps a SealedValue for, where whoever made it could not take it away. */
const TTL_SECONDS = 60;

/** Before anything is asked of the cluster, and before anybody listens to signals: until then nothing is sent. */
export async function valuesToSet(
  { source, base64 }: SetOrder,
  { terminal, isTerminal, input }: Pick<SecretTools, 'terminal' | 'isTerminal' | 'input'>,
): Promise<ReadValues> {
  if (source.kind === 'body' && isTerminal)
    terminal.note(
      'warning: --body shows the value in the list of processes and in the history of the shell; stdin and the prompt do not',
    );
  const read = await readValues(source, base64, input);
  for (const warning of [...read.warnings, ...weaknessWarnings(read.values, isTerminal)])
    terminal.note(`warning: ${warning}`);
  return read;
}

export async function setSecrets(
  kube: KubeClient,
  namespace: string,
  order: SetOrder,
  { values, faults }: ReadValues,
  tools: SecretTools,
): Promise<void> {
  try {
    const scope = await findScope(kube, namespace, order.wanted);
    const failures = order.print
      ? await printSealed(kube, scope, values, order, tools)
      : await storeAll(kube, scope, values, order, tools);
    endWith([...faults.map((text) => new ExitError(EXIT.usage, text)), ...failures]);
  } finally {
    for (const { value } of values) value.wipe();
  }
}

/** One failure ends as itself; of several the code is theirs, where they agree. */
function endWith(failures: readonly ExitError[]): void {
  const [first, ...others] = failures;
  if (!first) return;
  const code = others.every((other) => other.code === first.code) ? first.code : EXIT.failed;
  throw new ExitError(code, failures.map(({ message }) => message).join('\n'));
}

async function printSealed(
  kube: KubeClient,
  scope: FoundScope,
  values: readonly NamedValue[],
  order: SetOrder,
  { terminal, now, isTerminal }: SecretTools,
): Promise<ExitError[]> {
  const failures = values.flatMap(({ name, value }) =>
    tooLarge(name, sizeFault(value.byteLength, undefined)),
  );
  if (failures.length > 0) return failures;
  const key = await readPublicKey(kube, scope, order.operatorNamespace);
  const documents: string[] = [];
  for (const { name, value } of values) {
    const sealed = await sealFor(scope, name, value, key, now());
    const manifest = sealedManifest(scope, manifestName(scope, name), { name, keyID: key.keyID, sealed });
    documents.push(order.print === 'box' ? sealed : stringify(manifest, { lineWidth: 0 }).trimEnd());
    if (isTerminal && isNew(scope, name))
      terminal.note(`note: scope ${keyOfScope(scope)} has no entry ${name} yet, which storing it needs`);
  }
  terminal.out(documents.join('\n---\n'));
  return [];
}

interface Planned extends NamedValue {
  readonly plan: Extract<EntryPlan, { kind: 'ready' }>;
}

async function storeAll(
  kube: KubeClient,
  scope: FoundScope,
  values: readonly NamedValue[],
  order: SetOrder,
  tools: SecretTools,
): Promise<ExitError[]> {
  const [store, access] = await Promise.all([readStore(kube, scope), accessFor(kube, scope, order.access)]);
  const provider = providerOf(store.facts);
  const planned: Planned[] = [];
  const failures: ExitError[] = [];
  for (const { name, value } of values) {
    const { key, property, base64 } = order;
    const plan = planEntry(store, { name, key, property, access, base64 });
    const large = tooLarge(name, sizeFault(value.byteLength, provider));
    failures.push(...large);
    if (plan.kind === 'refused') failures.push(notSet(name, plan.why));
    else if (large.length === 0) planned.push({ name, value, plan });
  }
  if (planned.length === 0) return failures;
  const key = await readPublicKey(kube, scope, order.operatorNamespace);
  const ready = await withEntries(kube, scope, planned, tools);
  failures.push(...ready.failures);
  const stored = await inParallel(ready.planned, (one) =>
    storeOne(kube, scope, one, key, order, tools).catch((error: unknown) => {
      if (isNew(scope, one.name)) tools.terminal.note(leftEntry(scope, one.name));
      throw error;
    }),
  );
  return [...failures, ...stored];
}

const isNew = (scope: FoundScope, name: string): boolean =>
  !scope.spec.secrets?.some((entry) => entry.name === name);

/** An entry without a value hides what the levels above have by that name. */
function leftEntry(scope: FoundScope, name: string): string {
  return `note: entry ${name} was added to spec.secrets of scope ${keyOfScope(scope)} for this, and hides that name of the levels above; if the value is not wanted after all, take it out: secretscope secret delete ${name} --remove-entry, with the same flags for the scope`;
}

const tooLarge = (name: string, why: string | undefined): ExitError[] =>
  why === undefined ? [] : [notSet(name, why)];

function notSet(name: string, why: string, code: ExitError['code'] = EXIT.failed): ExitError {
  return new ExitError(code, `failed to set secret "${name}": ${why}`);
}

/** The scope with the entries that are needed, or, where Git has the last word about it, what to commit. */
async function withEntries(
  kube: KubeClient,
  scope: FoundScope,
  planned: readonly Planned[],
  tools: SecretTools,
): Promise<{ readonly planned: readonly Planned[]; readonly failures: readonly ExitError[] }> {
  const changed = planned.filter(({ plan }) => plan.changed);
  if (changed.length === 0) return { planned, failures: [] };
  const entries = changed.map(({ plan }) => plan.entry);
  const git = ownedByGit(scope.raw);
  if (git !== undefined) {
    tools.terminal.out(stringify(patchManifest(scope, entries)).trimEnd());
    return {
      planned: planned.filter(({ plan }) => !plan.changed),
      failures: [toCommit(scope, entries, git)],
    };
  }
  // an entry whose value may not be stored would only be in the way
  const [first] = changed;
  if (first) await trySealed(kube, probe(scope, first.name));
  await patchScope(
    kube,
    scope,
    entries.map((entry) => ({ kind: 'put', entry })),
  );
  return { planned, failures: [] };
}

function toCommit(scope: FoundScope, entries: readonly Entry[], git: string): ExitError {
  const names = entries.map(({ name }) => name).join(', ');
  return new ExitError(
    EXIT.undeliverable,
    `scope ${keyOfScope(scope)} is managed by ${git}, which would undo what is changed here; commit what is printed above to spec.secrets, and run this again once it is applied: ${names}`,
  );
}

/** As large as needed to be valid, and never stored. */
function probe(scope: FoundScope, name: string) {
  const spec = { name, keyID: '0'.repeat(16), sealed: 'A'.repeat(88) };
  return sealedManifest(scope, passingName(name, 'probe'), spec);
}

async function storeOne(
  kube: KubeClient,
  scope: FoundScope,
  { name, value }: Planned,
  key: PublicKey,
  order: SetOrder,
  tools: SecretTools,
): Promise<void> {
  const begun = performance.now();
  const sealed = await sealFor(scope, name, value, key, tools.now());
  const spec = { name, keyID: key.keyID, sealed, ttlSecondsAfterStored: TTL_SECONDS };
  const draft = sealedManifest(scope, passingName(name, tools.random()), spec);
  const { pace, signal, terminal } = tools;
  const tell = (text: string) => terminal.note(`${name}: ${text}`);
  const settled = await sendSealed(kube, draft, { pace, signal, tell, timeoutMs: order.timeoutMs });
  if (settled.kind !== 'stored') throw notSet(name, 'why' in settled ? settled.why : settled.kind);
  if (!tools.isTerminal) return;
  terminal.out(`✓ Set secret ${name} for ${scope.owner}`);
  terminal.note(`stored in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
}
