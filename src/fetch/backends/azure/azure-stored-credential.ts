/** A credential whose application and secret lie in a Secret of the cluster, and may change. Called by azure-connection.ts. */
import type { Freshness } from '../../../kube/kube-endpoint.ts';
import type { AzureAccessToken, AzureCredential } from './azure-login.ts';

export class StoredAzureCredential implements AzureCredential {
  readonly #current: (freshness: Freshness) => Promise<AzureCredential>;
  #last: AzureCredential | undefined;
  #refused = false;

  constructor(current: (freshness: Freshness) => Promise<AzureCredential>) {
    this.#current = current;
  }

  /** Rejects with LoginFailed only. */
  async getToken(
    scopes: string | string[],
    options?: { readonly tenantId?: string },
  ): Promise<AzureAccessToken> {
    const fresh = this.#refused;
    this.#refused = false;
    this.#last = await this.#current({ fresh });
    return this.#last.getToken(scopes, options);
  }

  /** The Secret is read again as well: it may have been rotated. */
  forget(): void {
    this.#refused = true;
    this.#last?.forget();
  }
}
