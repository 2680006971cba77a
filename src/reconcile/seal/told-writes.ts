/** Owns: what a scope says of the values that are written into it. Used by: reconcile-scope.ts. */
import type { WriteRecord } from '../../model/kinds/scope-ledger.ts';
import { scopeKeyPair } from '../../seal/scope-keys.ts';
import { DELETED } from '../../watch/told-deletions.ts';
import type { ScopeView } from '../../watch/views.ts';
import { hasKey } from '../../watch/writing-wake-up.ts';
import type { Deps } from '../deps.ts';
import { withinBytes } from '../provenance.ts';

// a type, as JSON is one
export type ToldWrites = {
  /** ID of the public key that values are sealed to. */
  readonly sealingKey?: string;
  /** `NAME@time`, by name; of a deletion with ` deleted` after it. */
  readonly written?: readonly string[];
};

// 1,000 names of 20 characters with their times
const WRITTEN_BYTES = 48_000;

export function toldWrites(view: ScopeView, { world }: Pick<Deps, 'world'>): ToldWrites {
  const ledger = world.ledgers.get(view.metadata.uid);
  const writes = ledger?.spec.kind === 'ok' ? (ledger.spec.value.writes ?? []) : [];
  const written = writes.filter(isCarriedOut).map(toldWrite).sort();
  const sealingKey = keyOf(view, world);
  return {
    ...(sealingKey !== undefined && { sealingKey }),
    ...(written.length > 0 && { written: withinBytes(written, WRITTEN_BYTES) }),
  };
}

/** Which of them were deletions is told to those who may not read ledgers: `explain` says it. */
const toldWrite = ({ name, at, action }: WriteRecord): string =>
  `${name}@${at}${action === 'Delete' ? DELETED : ''}`;

/** What the backend has confirmed; a deletion counts from when nobody gets the value any more. */
function isCarriedOut({ action, digest, done }: WriteRecord): boolean {
  return done === true || (action === 'Delete' && digest === undefined);
}

/** While the installation's key cannot be read, what was said of it last is still true. */
function keyOf(view: ScopeView, world: Deps['world']): string | undefined {
  if (!hasKey(view)) return undefined;
  const sealing = world.sealingKey();
  if (sealing.kind === 'there') return scopeKeyPair(sealing.key, view.metadata.uid).keyID;
  return (view.status as { readonly sealingKey?: string } | undefined)?.sealingKey;
}
