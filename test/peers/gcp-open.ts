/** Google backends on loopback. Called by tests; loads nothing of Google's. */
import { GcpBackend, type GcpEndpoint } from '../../src/fetch/backends/gcp/gcp-backend.ts';
import type { CheckAddresses } from '../../src/fetch/backends/gcp/gcp-channel.ts';
import { systemClock } from '../../src/kube/clock.ts';
import type { TokenSource } from '../../src/kube/kube-endpoint.ts';
import { SecretValue } from '../../src/model/secret-value.ts';

export const PROJECT = 'acme-prod';

export const onLoopback: CheckAddresses = async () => ({
  kind: 'checked',
  addresses: [{ address: '127.0.0.1', family: 4 }],
});

export const aToken =
  (text = 'token'): TokenSource =>
  async () =>
    SecretValue.fromText(text);

export function plainGcp(port: number, change: Partial<ConstructorParameters<typeof GcpBackend>[0]> = {}) {
  const endpoint: GcpEndpoint = { host: 'localhost', port, security: { kind: 'plaintext' } };
  return new GcpBackend({
    project: PROJECT,
    token: aToken(),
    checkedAddresses: onLoopback,
    endpoint,
    clock: systemClock,
    random: Math.random,
    ...change,
  });
}
