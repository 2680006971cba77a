/**
 * Secrets of one Azure key vault. A key is a secret's name; a secret is one text with versions.
 * The identity needs `get` and `list` (the role Key Vault Secrets User has both): versions are told by properties. Writing
 * needs `set` and `delete` too (Key Vault Secrets Officer); `purge` is a right of its own.
 */
import type { SecretClient, SecretProperties } from '@azure/keyvault-secrets';
import { SecretValue } from '../../../model/secret-value.ts';
import { isBelow } from '../../key-prefix.ts';
import type {
  Backend,
  CheckAnswer,
  ListAnswer,
  NoAnswer,
  ReadAnswer,
  Refusal,
  RemoveAnswer,
  SecretRef,
  SurveyPage,
  VersionAnswer,
  WriteAnswer,
  WriteRef,
} from '../../port.ts';
import { azureNoAnswer, azureRefusal, isFailure, isSecretAbsent, isTokenRefused } from './azure-answer.ts';
import { AZURE_CAPABILITIES } from './azure-capabilities.ts';
import { type AzureVault, openAzureClient } from './azure-client.ts';
import { isVaultSecretName, isVaultVersion } from './azure-names.ts';
import { gatherPages, type PageBounds, untilAborted } from './azure-pages.ts';
import { AzureSurvey } from './azure-survey.ts';
import { AzureVersions, standingOf } from './azure-versions.ts';
import { AzureWriter } from './azure-writer.ts';

export interface AzureBackendOptions extends AzureVault {
  /** whether `remove` purges too, where the identity may; it does if absent: a deleted value is nobody's any more */
  readonly purge?: boolean | undefined;
  /** called by `close`: whatever was opened for it */
  readonly release?: (() => void) | undefined;
}

// 20 pages of 25: 500 secrets
const LIST_PAGES = 20;
// 100 pages of 25: 2,500 versions, at 50 ms a page 5 of the 30 s that a call may take
const VERSION_PAGES = 100;

export class AzureBackend implements Backend {
  readonly capabilities = AZURE_CAPABILITIES;
  readonly #options: AzureBackendOptions;
  readonly #writer: AzureWriter;
  readonly #versions = new AzureVersions();
  #client: Promise<SecretClient> | undefined;
  readonly #survey = new AzureSurvey();
  #sent = 0;

  constructor(options: AzureBackendOptions) {
    this.#options = options;
    const { clock, purge = true } = options;
    this.#writer = new AzureWriter({ call: (run, signal) => this.#call(run, signal), purge, clock });
  }

  /** In parallel; the scheduler bounds how many. */
  describe(refs: readonly SecretRef[], signal: AbortSignal): Promise<readonly VersionAnswer[]> {
    return Promise.all(refs.map((ref) => this.#describe(ref, signal)));
  }

  read(refs: readonly SecretRef[], signal: AbortSignal): Promise<readonly ReadAnswer[]> {
    return Promise.all(refs.map((ref) => this.#read(ref, signal)));
  }

  /** Without the keys of certificates, which a vault lists as secrets too: only an entry that names one gets it. */
  async list(prefix: string, signal: AbortSignal): Promise<ListAnswer> {
    signal.throwIfAborted();
    const start = (client: SecretClient) => client.listPropertiesOfSecrets({ abortSignal: signal }).byPage();
    try {
      const { items, truncated } = await this.#pages(start, { maxPages: LIST_PAGES, signal });
      // a vault keeps the spelling of who made it, and takes any: keys have one only
      const names = items.filter(({ managed }) => managed !== true).map(({ name }) => name.toLowerCase());
      const keys = names.filter((name) => isVaultSecretName(name) && isBelow(name, prefix)).sort();
      return { kind: 'listed', keys, truncated };
    } catch (error) {
      return azureRefusal(error, signal);
    }
  }

  put(ref: WriteRef, value: SecretValue, signal: AbortSignal): Promise<WriteAnswer> {
    return this.#writer.put(ref, value, signal);
  }

  remove(ref: WriteRef, signal: AbortSignal): Promise<RemoveAnswer> {
    return this.#writer.remove(ref, signal);
  }

  /** One name of the vault. An identity with rights to single secrets may not list: then it is known all the same. */
  async check(signal: AbortSignal): Promise<CheckAnswer> {
    signal.throwIfAborted();
    const first = (client: SecretClient) =>
      client.listPropertiesOfSecrets({ abortSignal: signal }).byPage({ maxPageSize: 1 }).next();
    try {
      await this.#call(first, signal);
      return { kind: 'reachable' };
    } catch (error) {
      const known = isFailure(error, 403) && error.vaultCause !== 'ForbiddenByFirewall';
      return known ? { kind: 'reachable' } : azureRefusal(error, signal);
    }
  }

  /** The vault, 25 names a call. */
  async survey(cursor: string | undefined, signal: AbortSignal): Promise<SurveyPage | Refusal> {
    signal.throwIfAborted();
    const now = this.#options.clock.now();
    const page = (client: SecretClient) => this.#survey.page(client, cursor, now, signal);
    try {
      return await this.#call(page, signal);
    } catch (error) {
      return azureRefusal(error, signal);
    }
  }

  requests(): number {
    return this.#sent;
  }

  /** The agent and the credential are their owners' to close. */
  async close(): Promise<void> {
    this.#client = undefined;
    this.#options.release?.();
  }

  async #describe({ key, version }: SecretRef, signal: AbortSignal): Promise<VersionAnswer> {
    signal.throwIfAborted();
    if (!isVaultSecretName(key)) return { kind: 'absent' };
    try {
      const isPinned = (item: SecretProperties) => version !== undefined && item.version === version;
      const { items, truncated } = await this.#versionsOf(key, signal, (page) => page.some(isPinned));
      const now = this.#options.clock.now();
      const pinned = items.find(isPinned);
      if (pinned) return standingOf(pinned, now);
      // the newest may be on a page that was not read
      if (truncated) return { kind: 'unavailable', code: 'TooManyVersions' };
      const isPinnedGone = version !== undefined && items.length > 0;
      return isPinnedGone ? { kind: 'versionGone' } : this.#versions.current(key, items, now);
    } catch (error) {
      return azureNoAnswer(error, signal);
    }
  }

  async #read({ key, version }: SecretRef, signal: AbortSignal): Promise<ReadAnswer> {
    signal.throwIfAborted();
    if (!isVaultSecretName(key)) return { kind: 'absent' };
    if (version !== undefined && !isVaultVersion(version)) return { kind: 'versionGone' };
    const learned = version === undefined ? this.#versions.reading(key) : undefined;
    const get = (client: SecretClient) =>
      client.getSecret(key, { abortSignal: signal, ...(version === undefined ? {} : { version }) });
    try {
      const { value, properties } = await this.#call(get, signal);
      const standing = standingOf(properties, this.#options.clock.now());
      if (properties.version) learned?.(properties.version);
      if (standing.kind !== 'found') return standing;
      if (typeof value !== 'string') return { kind: 'unavailable', code: 'BadAnswer' };
      return { ...standing, payload: { kind: 'value', value: SecretValue.fromText(value) } };
    } catch (error) {
      const isPinned = version !== undefined && isSecretAbsent(error);
      return isPinned ? this.#withoutPinned(key, signal) : azureNoAnswer(error, signal);
    }
  }

  /** A vault answers alike for a version that is not there and a secret that is not. */
  async #withoutPinned(key: string, signal: AbortSignal): Promise<NoAnswer> {
    try {
      const { items } = await this.#versionsOf(key, signal, (page) => page.length > 0);
      return { kind: items.length > 0 ? 'versionGone' : 'absent' };
    } catch (error) {
      return azureNoAnswer(error, signal);
    }
  }

  #versionsOf(key: string, signal: AbortSignal, enough: PageBounds['enough']) {
    const start = (client: SecretClient) =>
      client.listPropertiesOfSecretVersions(key, { abortSignal: signal }).byPage();
    return this.#pages(start, { maxPages: VERSION_PAGES, signal, enough });
  }

  #pages(start: (client: SecretClient) => AsyncIterator<SecretProperties[]>, bounds: PageBounds) {
    return this.#call((client) => gatherPages(start(client), bounds), bounds.signal);
  }

  async #call<T>(run: (client: SecretClient) => Promise<T>, signal: AbortSignal): Promise<T> {
    this.#client ??= openAzureClient(this.#options, () => this.#sent++);
    const opened = this.#client;
    try {
      return await untilAborted(opened.then(run), signal);
    } catch (error) {
      if (isTokenRefused(error)) this.#relogin(opened);
      throw error;
    }
  }

  /** The next call starts with a challenge and a token that was not refused. */
  #relogin(refused: Promise<SecretClient>): void {
    if (this.#client === refused) this.#client = undefined;
    this.#options.credential.forget();
  }
}
