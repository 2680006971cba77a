import { describe, expect, it } from 'vitest';
import { LoginFailed } from '../account-login.ts';
import type { AzureAccessToken, AzureCredential } from './azure-login.ts';
import { StoredAzureCredential } from './azure-stored-credential.ts';

/** An application of this name, whose tokens say so. */
function application(name: string, forgotten: string[] = []): AzureCredential {
  const token: AzureAccessToken = { token: name, expiresOnTimestamp: 0, refreshAfterTimestamp: 0 };
  return { getToken: async () => token, forget: () => forgotten.push(name) };
}

const SCOPE = 'https://vault.azure.net/.default';

describe('a stored credential at Azure', () => {
  it('is whatever lies in the Secret now', async () => {
    let current = application('old');
    const credential = new StoredAzureCredential((_freshness, ask) => ask(current));
    expect((await credential.getToken(SCOPE)).token).toBe('old');
    current = application('new');
    expect((await credential.getToken(SCOPE)).token).toBe('new');
  });

  it('if a vault refused its token, has the Secret read again, once', async () => {
    const asked: boolean[] = [];
    const forgotten: string[] = [];
    const credential = new StoredAzureCredential(({ fresh }, ask) => {
      asked.push(fresh);
      return ask(application('one', forgotten));
    });
    await credential.getToken(SCOPE);
    credential.forget();
    expect(forgotten).toEqual(['one']);
    await credential.getToken(SCOPE);
    await credential.getToken(SCOPE);
    expect(asked).toEqual([false, true, false]);
  });

  it('if it is refused before it was ever used, is read again all the same', async () => {
    const asked: boolean[] = [];
    const credential = new StoredAzureCredential(({ fresh }, ask) => {
      asked.push(fresh);
      return ask(application('one'));
    });
    credential.forget();
    await credential.getToken(SCOPE);
    expect(asked).toEqual([true]);
  });

  it('if the Secret cannot be read, says so and asks again', async () => {
    const failure = new LoginFailed({ kind: 'identityUnavailable', code: 'CredentialMissing' });
    let missing = true;
    const credential = new StoredAzureCredential(async (_freshness, ask) => {
      if (missing) throw failure;
      return ask(application('one'));
    });
    await expect(credential.getToken(SCOPE)).rejects.toBe(failure);
    missing = false;
    expect((await credential.getToken(SCOPE)).token).toBe('one');
  });
});
