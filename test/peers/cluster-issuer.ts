/** The issuer of a test cluster's tokens, by what its API server publishes: as a cloud would fetch it. */
import type { Person } from '../scenarios-support/person.ts';
import { issuerFrom, type TrustedIssuer } from './trusted-issuer.ts';

/** https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery */
export async function clusterIssuer(person: Pick<Person, 'call'>): Promise<TrustedIssuer> {
  const [discovery, jwks] = await Promise.all([
    person.call('GET', '/.well-known/openid-configuration'),
    person.call('GET', '/openid/v1/jwks', undefined, undefined, 'jwk-set+json'),
  ]);
  return issuerFrom(discovery.body, jwks.body);
}
