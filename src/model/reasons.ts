/**
 * The closed list of reasons that conditions, events and messages use, and what each one does.
 * docs/reference/reasons.md has a section for each; a test holds the two together.
 */
export interface ReasonPolicy {
  /** Of several reasons the one with the highest rank is shown in Ready. */
  readonly rank: number;
  readonly ready: 'True' | 'False';
  /** True: nothing will change until a person acts (kstatus: Failed). */
  readonly stalled: boolean;
  /** True: it is over, as was asked; nothing is being done and nobody has to act (kstatus: Current). */
  readonly over?: boolean;
  readonly event: 'Normal' | 'Warning' | 'None';
  readonly log: 'debug' | 'info' | 'warn' | 'error';
  /** When to look again by itself: on a change only, soon with back-off, or now and then. */
  readonly requeue: 'onChange' | 'backoff' | 'slow';
}

const ok: ReasonPolicy = {
  rank: 0,
  ready: 'True',
  stalled: false,
  event: 'Normal',
  log: 'info',
  requeue: 'onChange',
};
const quiet: ReasonPolicy = { ...ok, event: 'None', log: 'debug' };
const passing: ReasonPolicy = {
  rank: 40,
  ready: 'False',
  stalled: false,
  event: 'Warning',
  log: 'warn',
  requeue: 'backoff',
};
const slow: ReasonPolicy = {
  rank: 50,
  ready: 'False',
  stalled: false,
  event: 'Warning',
  log: 'warn',
  requeue: 'slow',
};
const stuck: ReasonPolicy = {
  rank: 60,
  ready: 'False',
  stalled: true,
  event: 'Warning',
  log: 'warn',
  requeue: 'onChange',
};
const stuckSlow: ReasonPolicy = { ...stuck, requeue: 'slow' };
/** A vote that does not count: the voter is told, and the scope is none the worse for it. */
const uncounted: ReasonPolicy = { ...ok, event: 'Warning', log: 'info' };

export const REASONS = {
  Materialized: ok,
  Resolved: quiet,
  Reachable: quiet,
  Suspended: quiet,
  Progressing: { ...passing, rank: 10, event: 'None', log: 'debug' },
  GateBypassable: { ...quiet, log: 'info' },
  BackendDiscouraged: { ...quiet, log: 'info' },
  EventsMissing: { ...quiet, log: 'warn' },
  InsecureTestEndpoint: { ...quiet, log: 'warn' },
  // who may have what
  NotAvailable: { ...stuckSlow, rank: 55 },
  KeyNotGranted: { ...stuck, rank: 56 },
  KeyProtected: { ...stuck, rank: 56 },
  LimitExceeded: { ...stuck, rank: 54 },
  Shadowed: { ...quiet, event: 'Normal' },
  LockedAbove: { ...quiet, log: 'info' },
  // what a spec says
  SpecInvalid: { ...stuck, rank: 90 },
  NameInvalid: { ...stuck, rank: 89 },
  KeyInvalid: { ...stuck, rank: 58 },
  NameCollision: { ...stuck, rank: 57 },
  KeyCollision: { ...stuck, rank: 57 },
  TemplateInvalid: { ...stuck, rank: 57 },
  EnvironmentNameTaken: { ...stuck, rank: 88 },
  UnsupportedByThisVersion: { ...stuck, rank: 95 },
  // the levels above
  ParentUnknown: { ...stuckSlow, rank: 70 },
  DiscoveryPending: { ...passing, rank: 30, event: 'None', log: 'debug' },
  DiscoveryEmpty: { ...stuckSlow, rank: 31 },
  // backends and values
  BackendMissing: { ...stuckSlow, rank: 66 },
  BackendUnavailable: passing,
  BackendThrottled: passing,
  // rights take a moment to arrive after they were given: soon again at first, later seldom
  BackendDenied: { ...slow, requeue: 'backoff' },
  IdentityUnavailable: { ...slow, requeue: 'backoff' },
  IdentityRefused: { ...slow, requeue: 'backoff' },
  CredentialRejected: { ...slow, requeue: 'backoff' },
  ClockSkew: { ...slow, requeue: 'backoff' },
  BackendAddressInvalid: { ...slow, requeue: 'backoff' },
  SecretMissing: slow,
  SoftDeleted: slow,
  VersionDisabled: slow,
  PropertyMissing: slow,
  VersionGone: slow,
  ValueEmpty: slow,
  ValueTooLarge: slow,
  ValueNotText: slow,
  ValueNotJSON: slow,
  ValueNotDecodable: slow,
  SourceRefused: { ...stuck, rank: 58 },
  // values that are written
  Stored: ok,
  Destroyed: ok,
  Outdated: { ...quiet, rank: 52, ready: 'False', over: true, event: 'Normal', log: 'info' },
  InUse: { ...slow, rank: 53, requeue: 'backoff' },
  ScopeMissing: { ...stuckSlow, rank: 71 },
  EntryMissing: { ...stuckSlow, rank: 61 },
  EntryPinned: { ...stuck, rank: 61 },
  SealKeyUnknown: { ...stuck, rank: 62 },
  SealUnreadable: { ...stuck, rank: 63 },
  SealMismatch: { ...stuck, rank: 63 },
  WriteRefused: { ...slow, requeue: 'backoff' },
  ValueDeleted: { ...stuck, rank: 59 },
  // webhook automations
  Listening: quiet,
  DeliveryFailing: { ...passing, rank: 45, requeue: 'slow' },
  Undelivered: { ...quiet, event: 'Warning', log: 'warn' },
  HostNotAllowed: { ...stuckSlow, rank: 60 },
  DanglingReference: { ...stuckSlow, rank: 61 },
  HeaderInvalid: { ...slow, rank: 51 },
  // targets
  NamespaceNotEnrolled: { ...slow, rank: 80, stalled: true },
  NamespaceForbidden: { ...stuck, rank: 85 },
  NamespaceTerminating: { ...passing, rank: 84, event: 'None' },
  TargetConflict: { ...slow, rank: 75, stalled: true },
  TargetTooLarge: { ...slow, rank: 74 },
  TargetRefused: { ...slow, rank: 73, requeue: 'backoff' },
  TargetHandEdited: { ...quiet, event: 'Normal', log: 'info' },
  TargetReplaced: { ...quiet, event: 'Warning', log: 'warn' },
  Withdrawn: { ...quiet, event: 'Normal', log: 'info' },
  WithdrawalPending: { ...slow, rank: 82, stalled: true },
  Orphaned: { ...quiet, event: 'Warning', log: 'warn' },
  Deleted: { ...quiet, event: 'Normal', log: 'info' },
  Retained: { ...quiet, event: 'Normal', log: 'info' },
  // restarts of workloads: the Secret is delivered, whatever becomes of them
  Restarted: { ...quiet, event: 'Normal', log: 'info' },
  LeftToReloader: { ...quiet, event: 'Normal', log: 'info' },
  Flapping: { ...quiet, event: 'Warning', log: 'warn' },
  RestartsLimited: { ...quiet, event: 'Normal', log: 'info' },
  WorkloadMissing: { ...quiet, event: 'Warning', log: 'warn' },
  RestartForbidden: { ...quiet, event: 'Warning', log: 'warn' },
  RestartRefused: { ...quiet, event: 'Warning', log: 'warn' },
  // approval: what is said of a plan
  NotProtected: quiet,
  Released: ok,
  Bypassed: { ...ok, event: 'Warning', log: 'warn' },
  Superseded: { ...quiet, log: 'info' },
  RequestNeeded: { ...passing, rank: 59, event: 'None', log: 'debug', requeue: 'onChange' },
  WaitTimerRunning: { ...slow, rank: 61, event: 'Normal', log: 'info', requeue: 'onChange' },
  AwaitingApproval: { ...slow, rank: 62, event: 'Normal', log: 'info', requeue: 'onChange' },
  ApprovalUnknown: { ...passing, rank: 63 },
  Rejected: { ...stuck, rank: 64 },
  RejectionWithdrawn: { ...stuck, rank: 64, event: 'Normal', log: 'info' },
  RequestExpired: { ...stuck, rank: 64 },
  GrantExpired: { ...stuck, rank: 65 },
  Revoked: { ...stuck, rank: 65 },
  ReviewersInsufficient: { ...stuck, rank: 86 },
  PolicyNotInForce: { ...stuckSlow, rank: 87 },
  // what ends a claim
  Expired: { ...quiet, ready: 'False', over: true, rank: 66, event: 'Normal', log: 'info' },
  SnapshotStale: { ...stuck, rank: 66 },
  // approval: what is said of a vote
  VoteCounted: quiet,
  NotAReviewer: uncounted,
  ReviewerNotAuthorized: uncounted,
  SelfReviewPrevented: uncounted,
  BypassNotAllowed: uncounted,
  VoteMisdirected: uncounted,
  VoteOutOfTime: uncounted,
  VoteRemoved: uncounted,
  VoteUnproven: uncounted,
  VoteLapsed: uncounted,
  // the operator itself
  InternalError: { ...passing, rank: 99, log: 'error' },
} as const satisfies Record<string, ReasonPolicy>;

export type Reason = keyof typeof REASONS;

/**
 * Of the provider's connection and over by itself: whoever has all that was delivered stays Ready, and is Degraded
 * since then.
 */
const TRANSIENT: ReadonlySet<Reason> = new Set<Reason>(['BackendUnavailable', 'BackendThrottled']);

export function isTransient(reason: Reason): boolean {
  return TRANSIENT.has(reason);
}

export function reasonPolicy(reason: Reason): ReasonPolicy {
  return REASONS[reason];
}

/** The reason that Ready shows: the gravest; of equals the first. */
export function gravest<T extends { readonly reason: Reason }>(findings: readonly T[]): T | undefined {
  let worst: T | undefined;
  for (const finding of findings) {
    if (!worst || REASONS[finding.reason].rank > REASONS[worst.reason].rank) worst = finding;
  }
  return worst;
}
