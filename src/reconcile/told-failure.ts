import type { PlanLine } from '../model/plan.ts';
import type { Reason } from '../model/reasons.ts';
import type { LineValue, LineVersion } from '../model/value-answer.ts';
import { notAvailable } from '../resolve/answer.ts';
import { notAvailableToClaim } from '../resolve/claim-admission.ts';
import { keyOf } from '../watch/world.ts';
import type { Deps } from './deps.ts';
import { holderField, type Named } from './holding-view.ts';

type Failed = Extract<LineVersion, { kind: 'failed' }>;

/** About the connection, not about a key; mended by waiting, so that nobody below has to act. */
const PASSING: ReadonlySet<Reason> = new Set<Reason>([
  'BackendUnavailable',
  'BackendThrottled',
  'BackendAddressInvalid',
  'IdentityUnavailable',
  'IdentityRefused',
  'CredentialRejected',
  'ClockSkew',
  'InternalError',
]);

/**
 * What a scope or claim is told of names that have no version or value. Of its own entries everything; of another level's
 * neither key, backend nor cause (existence is no one else's business). The owner hears the cause in an Event.
 */
export class ToldFailures {
  readonly #view: Named;
  readonly #ownUID: string | undefined;
  readonly #deps: Deps;
  readonly #causes = new Set<Reason>();

  /** `ownUID`: of the level whose entries are the asker's own business; undefined where none is. */
  constructor(view: Named, ownUID: string | undefined, deps: Deps) {
    this.#view = view;
    this.#ownUID = ownUID;
    this.#deps = deps;
  }

  /** What was not told. It decides when to look again. */
  get causes(): readonly Reason[] {
    return [...this.#causes];
  }

  of<Answer extends LineVersion | LineValue>(line: PlanLine, answer: Answer): Answer | Failed {
    if (answer.kind !== 'failed' || line.scope.uid === this.#ownUID) return answer;
    const { reason, message } = answer;
    this.#causes.add(reason);
    this.#tellOwner(line, reason, message);
    if (PASSING.has(reason)) return unavailableNow(line);
    const told = this.#view.kind === 'SecretClaim' ? notAvailableToClaim(line.name) : notAvailable(line.name);
    return { ...told, kind: 'failed' };
  }

  #tellOwner({ scope }: PlanLine, reason: Reason, message: string): void {
    this.#deps.log.debug({ ...holderField(this.#view), owner: keyOf(scope), reason }, message);
    this.#deps.emit({
      regarding: { kind: 'SecretScope', metadata: scope },
      type: 'Warning',
      reason,
      action: 'Supply',
      note: message,
    });
  }
}

function unavailableNow({ name }: PlanLine): Failed {
  const message = `${name}: the level above cannot read it now; what is there stays, and it is tried again by itself`;
  return { kind: 'failed', reason: 'BackendUnavailable', message };
}
