/**
 * Owns: whether an object as the API server returns it may be worked with.
 * The same schemas make the CRDs, so this finds only what got past admission: an object from before a rule, from
 * a newer version of the product, or written while the CRD was not in force.
 * Must not: repeat a value of more than 64 characters, which may be a secret in the wrong field.
 */
import { z } from 'zod';
import type { Resource } from './kinds/common.ts';
import { type RequestReview, type ReviewStatus, reviewSpecSchema } from './kinds/request-review.ts';
import { ledgerSpecSchema, type ScopeLedger } from './kinds/scope-ledger.ts';
import { type SealedStatus, type SealedValue, sealedSpecSchema } from './kinds/sealed-value.ts';
import {
  type BackendStatus,
  backendSpecSchema,
  type ClusterSecretBackend,
  clusterBackendSpecSchema,
  type SecretBackend,
} from './kinds/secret-backend.ts';
import { type ClaimStatus, claimSpecSchema, type SecretClaim } from './kinds/secret-claim.ts';
import { type RequestStatus, requestSpecSchema, type SecretRequest } from './kinds/secret-request.ts';
import { type ScopeStatus, type SecretScope, scopeSpecSchema } from './kinds/secret-scope.ts';
import {
  type AutomationStatus,
  automationSpecSchema,
  type WebhookAutomation,
} from './kinds/webhook-automation.ts';

/** One rule that an object breaks: where, which, and what stands there if that is short. */
export interface Violation {
  readonly path: string;
  readonly rule: string;
  readonly got?: string;
}

export type Parsed<Value> =
  | { readonly kind: 'ok'; readonly value: Value }
  | { readonly kind: 'invalid'; readonly violations: readonly Violation[] };

const MAX_ECHO = 64;
const UNKNOWN_FIELD = 'unknown field, or a newer version of the product';

const scopeSchema = resourceSchema<typeof scopeSpecSchema, ScopeStatus>(scopeSpecSchema);
const backendSchema = resourceSchema<typeof backendSpecSchema, BackendStatus>(backendSpecSchema);
const clusterBackendSchema = resourceSchema<typeof clusterBackendSpecSchema, BackendStatus>(
  clusterBackendSpecSchema,
);

const claimSchema = resourceSchema<typeof claimSpecSchema, ClaimStatus>(claimSpecSchema);
const requestSchema = resourceSchema<typeof requestSpecSchema, RequestStatus>(requestSpecSchema);
const reviewSchema = resourceSchema<typeof reviewSpecSchema, ReviewStatus>(reviewSpecSchema);
const sealedSchema = resourceSchema<typeof sealedSpecSchema, SealedStatus>(sealedSpecSchema);
const automationSchema = resourceSchema<typeof automationSpecSchema, AutomationStatus>(automationSpecSchema);
const ledgerSchema = resourceSchema<typeof ledgerSpecSchema, object>(ledgerSpecSchema);

export function parseScope(raw: unknown): Parsed<SecretScope> {
  return parsed(scopeSchema, raw);
}

export function parseBackend(raw: unknown): Parsed<SecretBackend> {
  return parsed(backendSchema, raw);
}

export function parseClusterBackend(raw: unknown): Parsed<ClusterSecretBackend> {
  return parsed(clusterBackendSchema, raw);
}

export function parseClaim(raw: unknown): Parsed<SecretClaim> {
  return parsed(claimSchema, raw);
}

export function parseRequest(raw: unknown): Parsed<SecretRequest> {
  return parsed(requestSchema, raw);
}

export function parseReview(raw: unknown): Parsed<RequestReview> {
  return parsed(reviewSchema, raw);
}

export function parseLedger(raw: unknown): Parsed<ScopeLedger> {
  return parsed(ledgerSchema, raw);
}

export function parseSealed(raw: unknown): Parsed<SealedValue> {
  return parsed(sealedSchema, raw);
}

export function parseAutomation(raw: unknown): Parsed<WebhookAutomation> {
  return parsed(automationSchema, raw);
}

type Metadata = Resource<unknown, unknown>['metadata'];

function resourceSchema<Spec extends z.ZodType, Status>(spec: Spec) {
  return z.strictObject({
    // items of a list may come without these two
    apiVersion: z.string().default(''),
    kind: z.string().default(''),
    metadata: z.custom<Metadata>(
      isMetadata,
      'an object of the API server has a name, uid and resourceVersion',
    ),
    spec,
    // output: nothing is decided from it, so a status of another version must not stop the work
    status: z.custom<Status>().exactOptional(),
  });
}

function isMetadata(value: unknown): value is Metadata {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map(Object.entries(value));
  return ['name', 'uid', 'resourceVersion'].every((field) => typeof fields.get(field) === 'string');
}

function parsed<Value>(schema: z.ZodType<Value>, raw: unknown): Parsed<Value> {
  const result = schema.safeParse(raw, { reportInput: true });
  if (result.success) return { kind: 'ok', value: result.data };
  return { kind: 'invalid', violations: result.error.issues.flatMap(violationsOf).sort(byPath) };
}

function violationsOf(issue: z.core.$ZodIssue): Violation[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: pathText([...issue.path, key]), rule: UNKNOWN_FIELD }));
  const rule = issue.code === 'invalid_key' ? keyRule(issue) : issue.message;
  const got = echo(issue.input);
  return [{ path: pathText(issue.path), rule, ...(got !== undefined && { got }) }];
}

function keyRule(issue: z.core.$ZodIssueInvalidKey): string {
  return `invalid key: ${issue.issues.map(({ message }) => message).join(', ')}`;
}

/** `spec.secrets[3].from.key`; long or odd keys, which a user chose, in JSON and cut. */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part) => {
      if (typeof part === 'number') return `[${part}]`;
      const key = String(part);
      return /^[A-Za-z_][\w-]{0,62}$/.test(key) ? `.${key}` : `[${JSON.stringify(cut(key))}]`;
    })
    .join('')
    .replace(/^\./, '');
}

function cut(text: string): string {
  return text.length > MAX_ECHO ? `${text.length} characters` : text;
}

function echo(value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'object' && value !== null)) return undefined;
  return cut(String(value));
}

function byPath(a: Violation, b: Violation): number {
  const left = `${a.path}\n${a.rule}`;
  const right = `${b.path}\n${b.rule}`;
  return left < right ? -1 : left > right ? 1 : 0;
}
