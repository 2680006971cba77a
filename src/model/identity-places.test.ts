import { expect, it } from 'vitest';
import { identityText, ownIdentity, parseIdentity } from './backend-identity.ts';

it('an identity that names no provider, or two, is none', () => {
  expect(parseIdentity({})).toBeUndefined();
  const aws = { region: 'eu-west-1', auth: { ambient: true } };
  const azure = { vaultName: 'acme', auth: { ambient: true } };
  expect(parseIdentity({ aws, azure })).toBeUndefined();
});
it('one spec in two namespaces is two identities', () => {
  const spec = { kubernetes: { auth: { serviceAccountRef: { name: 'reader' } } } };
  const texts = ['team', 'other'].map((namespace) => identityText(ownIdentity(spec, namespace).identity));
  expect(new Set(texts).size).toBe(2);
});
