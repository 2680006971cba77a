/** Owns: how large a value may be where it is kept (spec rows G56, G66, K13). Used by: secret-set.ts. Pure. */
import type { Provider } from '../model/facts.ts';
import { MAX_AZURE_VALUE_BYTES, MAX_VALUE_BYTES } from '../model/names.ts';

/** Why a value cannot be kept there; `provider` is undefined where the caller may not know it. */
export function sizeFault(bytes: number, provider: Provider | undefined): string | undefined {
  if (bytes === 0) return 'the value is empty; to take a value away, delete it: secretscope secret delete';
  const most = provider === 'azure' ? MAX_AZURE_VALUE_BYTES : MAX_VALUE_BYTES;
  if (bytes <= most) return undefined;
  const who = provider === 'azure' ? 'an Azure key vault' : 'a secret';
  return `it has ${bytes} bytes, and ${who} holds at most ${most}; split it, or encrypt the file and store its passphrase`;
}
