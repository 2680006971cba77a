/** One schema makes the CRD and the runtime check; here both judge the same objects. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { parseScope } from '../../src/model/validate.ts';
import { type KindsCluster, kindsCluster } from '../scenarios-support/kinds-cluster.ts';
import { scopeSpecs } from '../scenarios-support/spec-arbitrary.ts';

let cluster: KindsCluster;

beforeAll(async () => {
  cluster = await kindsCluster('agreement');
});
afterAll(() => cluster?.stop());

const PATH = `/apis/${API_VERSION}/namespaces/default/secretscopes?dryRun=All&fieldValidation=Strict`;

async function serverRefusal(spec: object): Promise<string> {
  const draft = { apiVersion: API_VERSION, kind: 'SecretScope', metadata: { name: 'tried' }, spec };
  const { status, message } = await cluster.admin.call('POST', PATH, draft);
  if (status >= 500) throw new Error(message);
  return message;
}

/** As after a round over the wire, where `undefined` does not exist. */
function ownRefusal(spec: object): string {
  const metadata = { name: 'tried', namespace: 'default', uid: 'u', resourceVersion: '1' };
  const parsed = parseScope({ metadata, spec: JSON.parse(JSON.stringify(spec)) });
  return parsed.kind === 'ok' ? '' : parsed.violations.map(({ path, rule }) => `${path}: ${rule}`).join('; ');
}

describe('the API server and the runtime check', () => {
  it('accept and refuse the same scopes', async () => {
    const seen = { accepted: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(scopeSpecs, async (spec) => {
        const [server, own] = [await serverRefusal(spec), ownRefusal(spec)];
        expect({ server, own }).toEqual(
          server === '' ? { server: '', own: '' } : { server, own: expect.stringMatching(/./) },
        );
        seen[server === '' ? 'accepted' : 'refused']++;
      }),
      { seed: 20_261_122, numRuns: 400 },
    );
    // a generator that only makes one sort would prove nothing
    expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(80);
  });

  it('differ where the API server has no rule: keys of maps', async () => {
    const spec = { level: 'Repository', targets: [{ secretName: 'web', keys: { lower: 'a' } }] };
    expect(await serverRefusal(spec)).toBe('');
    expect(ownRefusal(spec)).toContain('spec.targets[0].keys.lower: invalid key');
  });
});
