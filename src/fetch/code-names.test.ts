import { describe, expect, it } from 'vitest';
import { checkFailure } from './answer-wording.ts';
import { isUnsent } from './code-wording.ts';

const backend = { id: { namespace: 'team', name: 'store', uid: 'u' } };
describe('a code that is called like a member of every object', () => {
  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'a code %s is a code like any other',
    (code) => {
      expect(checkFailure(backend, { kind: 'unavailable', code }).reason).toBe('BackendUnavailable');
      expect(checkFailure(backend, { kind: 'identityUnavailable', code }).reason).toBe('IdentityRefused');
      expect(isUnsent(code)).toBe(false);
    },
  );
});
