/** Names of secrets: ListSecrets, which may be up to five minutes behind. Called by aws-backend.ts. */
import type { Filter, SecretListEntry } from '@aws-sdk/client-secrets-manager';
import { endsSegment } from '../../../model/key-separators.ts';
import { isBelow } from '../../key-prefix.ts';
import type { ListAnswer, Refusal, SurveyPage } from '../../port.ts';
import { refusalFrom } from './aws-answer.ts';
import type { AwsCalls } from './aws-calls.ts';
import { surveyEntryOf } from './aws-change.ts';
import { isAwsName } from './aws-names.ts';

export interface AwsTag {
  readonly key: string;
  readonly value: string;
}

interface Page {
  readonly kind: 'entries';
  readonly entries: readonly SecretListEntry[];
  readonly next: string | undefined;
}

interface Found {
  readonly kind: 'entries';
  readonly entries: readonly SecretListEntry[];
  readonly truncated: boolean;
}

const MAX_PAGES = 20;
const PAGE_SIZE = 100;

export class AwsLister {
  readonly #calls: AwsCalls;

  constructor(calls: AwsCalls) {
    this.#calls = calls;
  }

  /** AWS compares names by prefix, not by segments: it is asked for what can be below, and the rest is left out. */
  async list(prefix: string, signal: AbortSignal): Promise<ListAnswer> {
    signal.throwIfAborted();
    // also keeps a leading `!` from turning the filter round
    if (prefix !== '' && !isAwsName(prefix)) return { kind: 'listed', keys: [], truncated: false };
    const found = await this.#entries(nameFilter(prefix), signal);
    return found.kind === 'entries' ? listed(found, ({ Name = '' }) => isBelow(Name, prefix)) : found;
  }

  /** Secrets with exactly this tag: AWS compares keys and values by prefix, and not of the same tag. */
  async listTagged({ key, value }: AwsTag, signal: AbortSignal): Promise<ListAnswer> {
    const filters: Filter[] = [{ Key: 'tag-key', Values: [key] }];
    if (value !== '') filters.push({ Key: 'tag-value', Values: [value] });
    const found = await this.#entries(filters, signal);
    if (found.kind !== 'entries') return found;
    return listed(found, ({ Tags = [] }) =>
      Tags.some((tag) => tag.Key === key && (tag.Value ?? '') === value),
    );
  }

  /** One page of everything, with the versions. */
  async survey(cursor: string | undefined, signal: AbortSignal): Promise<SurveyPage | Refusal> {
    signal.throwIfAborted();
    const page = await this.#page([], cursor, signal);
    if (page.kind !== 'entries') return page;
    const entries = page.entries.map(surveyEntryOf).filter((entry) => entry !== undefined);
    return { kind: 'page', entries, ...(page.next !== undefined && { next: page.next }) };
  }

  async #entries(filters: readonly Filter[], signal: AbortSignal): Promise<Found | Refusal> {
    const entries: SecretListEntry[] = [];
    let next: string | undefined;
    for (let count = 0; count < MAX_PAGES; count++) {
      const page = await this.#page(filters, next, signal);
      if (page.kind !== 'entries') return page;
      entries.push(...page.entries);
      next = page.next;
      if (next === undefined) break;
    }
    return { kind: 'entries', entries, truncated: next !== undefined };
  }

  /** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html */
  async #page(
    filters: readonly Filter[],
    cursor: string | undefined,
    signal: AbortSignal,
  ): Promise<Page | Refusal> {
    const input = { MaxResults: PAGE_SIZE, Filters: [...filters], ...(cursor && { NextToken: cursor }) };
    const listed = await this.#calls.attempt((client, options) => client.listSecrets(input, options), signal);
    if (listed.kind === 'failed') return refusalFrom(listed.verdict);
    const { SecretList = [], NextToken } = listed.output;
    return { kind: 'entries', entries: SecretList, next: NextToken || undefined };
  }
}

/** `team-a` means `team-a/x` and `team-a.x`: `team-ab` need not be listed at all. */
function nameFilter(prefix: string): Filter[] {
  if (prefix === '') return [];
  return [
    {
      Key: 'name',
      Values: endsSegment(prefix) ? [prefix] : ['/', '.', '_', '--'].map((end) => prefix + end),
    },
  ];
}

function listed({ entries, truncated }: Found, wanted: (entry: SecretListEntry) => boolean): ListAnswer {
  const names = entries
    .filter((entry) => entry.DeletedDate === undefined && wanted(entry))
    .flatMap(({ Name }) => (Name === undefined ? [] : [Name]));
  return { kind: 'listed', keys: [...new Set(names)].sort(), truncated };
}
