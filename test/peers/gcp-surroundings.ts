/**
 * Reads one secret of a fake Google over TLS, with a token of a fake token service, and prints it: run as a process of
 * its own by gcp-surroundings.test.ts, which decides on the environment.
 */
import { GcpWorkloadIdentity } from '../../src/fetch/backends/gcp/gcp-workload-identity.ts';
import { systemClock } from '../../src/kube/clock.ts';
import { SecretValue } from '../../src/model/secret-value.ts';
import { createAuthority, issueServerCertificate } from '../cluster/pki.ts';
import { FakeGcp } from './fake-gcp.ts';
import { ACCOUNT, AUDIENCE, FakeGcpTokens } from './fake-gcp-tokens.ts';
import { plainGcp } from './gcp-open.ts';

const HOST = 'secretmanager.googleapis.com';
const authority = await createAuthority('test');
const fake = await FakeGcp.open(await issueServerCertificate(authority, [HOST]));
const tokens = await FakeGcpTokens.open();
fake.put('a', 'cAnary7-1e5f');

const { token } = new GcpWorkloadIdentity({
  audience: AUDIENCE,
  impersonate: ACCOUNT,
  subject: async () => SecretValue.fromText(tokens.subjectToken()),
  agent: tokens.agent,
  clock: systemClock,
  random: Math.random,
  hosts: { sts: tokens.url, iamCredentials: tokens.url },
});
await token({ fresh: false });
for (const issued of tokens.issued) fake.tokens.add(issued);

const security = { kind: 'tls', roots: authority.certificate } as const;
const backend = plainGcp(fake.port, { token, endpoint: { host: HOST, port: fake.port, security } });
const signal = new AbortController().signal;
const [answer] = await backend.read([{ key: 'a' }], signal);
const text = answer?.kind === 'found' && answer.payload.kind === 'value' && answer.payload.value.reveal();
await backend.put({ key: 'b' }, SecretValue.fromText('cAnary7-2e6f'), signal);
process.stdout.write(
  JSON.stringify({
    correct: text && text.toString() === 'cAnary7-1e5f',
    answer,
    of: fake.calls.map(({ of }) => of),
  }),
);
await Promise.all([backend.close(), fake.close(), tokens.close()]);
