/**
 * Owns: a process that loads what its arguments name, and prints its resident memory in megabytes.
 * Called by: sdk-sizes.ts, as `node --expose-gc`.
 */
import { Agent } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';

// nobody listens there: the library is loaded and a client is made as in the operator, and the call fails at once
const NOBODY = { host: '127.0.0.1', port: 1 };
const SETTLE_MS = 1_000;

const never = () => Promise.reject(new Error('nobody gets so far as to ask'));

/** The operator's modules, or a backend of a cloud that has made a call. */
const LOADS: Readonly<Record<string, () => Promise<unknown>>> = {
  operator: () => import('../../../src/app.ts'),
  aws: async () => {
    const { AwsBackend } = await import('../../../src/fetch/backends/aws/aws-backend.ts');
    const { SecretValue } = await import('../../../src/model/secret-value.ts');
    const keys = { accessKeyId: 'AKIA0000000000000000', secretAccessKey: SecretValue.fromText('none') };
    const endpoint = `http://${NOBODY.host}:${NOBODY.port}`;
    const place = { region: 'eu-west-1', endpoint, credentials: async () => keys };
    return failed(new AwsBackend({ ...place, ...(await timed()) }));
  },
  gcp: async () => {
    const { GcpBackend } = await import('../../../src/fetch/backends/gcp/gcp-backend.ts');
    const { SecretValue } = await import('../../../src/model/secret-value.ts');
    const endpoint = { ...NOBODY, security: { kind: 'plaintext' as const } };
    const addresses = [{ address: NOBODY.host, family: 4 }];
    const checkedAddresses = async () => ({ kind: 'checked' as const, addresses });
    const token = async () => SecretValue.fromText('none');
    const place = { project: 'bench-project', endpoint, checkedAddresses, token };
    return failed(new GcpBackend({ ...place, ...(await timed()) }));
  },
  azure: async () => {
    const { AzureBackend } = await import('../../../src/fetch/backends/azure/azure-backend.ts');
    const credential = { getToken: never, forget: () => undefined };
    const vaultUrl = `https://${NOBODY.host}:${NOBODY.port}`;
    return failed(new AzureBackend({ vaultUrl, credential, agent: new Agent(), ...(await timed()) }));
  },
};

async function timed() {
  const { systemClock } = await import('../../../src/kube/clock.ts');
  return { clock: systemClock, random: Math.random };
}

async function failed(backend: {
  check(signal: AbortSignal): Promise<{ readonly kind: string }>;
}): Promise<void> {
  const { kind } = await backend.check(AbortSignal.timeout(10_000));
  if (kind !== 'unavailable') throw new Error(`somebody answers at ${NOBODY.host}:${NOBODY.port}: ${kind}`);
}

for (const name of process.argv.slice(2)) await LOADS[name]?.();
await pause(SETTLE_MS);
for (let pass = 0; pass < 3; pass++) globalThis.gc?.();
process.stdout.write(`${process.memoryUsage.rss() / 2 ** 20}`, () => process.exit(0));
