/** A credential whose application and secret lie in a Secret of the cluster, and may change. Called by azure-connection.ts. */
import type { StoredLogin } from '../stored-login.ts';
import type { AzureAccessToken, AzureCredential } from './azure-login.ts';

export class StoredAzureCredential implements AzureCredential {
  readonly #stored: StoredLogin<AzureCredential>;
  #last: AzureCredential | undefined;
  #refused = false;

  constructor(stored: StoredLogin<AzureCredential>) {
    this.#stored = stored;
  }

  /** Rejects with LoginFailed only. */
  getToken(scopes: string | string[], options?: { readonly tenantId?: string }): Promise<AzureAccessToken> {
    const fresh = this.#refused;
    this.#refused = false;
    return this.#stored({ fresh }, (login) => {
      this.#last = login;
      return login.getToken(scopes, options);
    });
  }

  /** A vault refused the token: the Secret is read again as well, for it may have been rotated. */
  forget(): void {
    this.#refused = true;
    this.#last?.forget();
  }
}
