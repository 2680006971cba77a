/** A claim as the runtime check takes and refuses it; what admission refuses on a change is in claim-admission.test.ts. */
import { describe, expect, it } from 'vitest';
import { parseClaim, type Violation } from './validate.ts';

const metadata = { name: 'deploy-42', namespace: 'ci', uid: 'u', resourceVersion: '1' };
const claim = {
  scopeRef: { namespace: 'team-web-prod', name: 'web-production' },
  include: ['DATABASE_URL'],
  secretName: 'deploy-42',
};
const names = (count: number, length = 8) =>
  Array.from({ length: count }, (_, i) => `N${String(i).padStart(3, '0')}`.padEnd(length, 'X'));

const violationsOf = (change: object): readonly Violation[] => {
  const parsed = parseClaim({ metadata, spec: { ...claim, ...change } });
  return parsed.kind === 'ok' ? [] : parsed.violations;
};
const pathsOf = (change: object): string[] => violationsOf(change).map(({ path }) => path);

describe('a claim', () => {
  it.each<[string, object]>([
    ['of one name, live, for as long as it is there', {}],
    ['of a scope in its own namespace', { scopeRef: { name: 'web' } }],
    ['as a snapshot for two hours', { mode: 'Snapshot', ttl: '2h' }],
    ['with a name called differently', { keys: { DATABASE_URL: 'db.url' } }],
    ['with empty strings for what is missing, as in GitHub', { onMissing: 'Empty' }],
    ['of 300 names of 253 characters', { include: names(300, 253) }],
    ['for the shortest time', { ttl: '1m' }],
    ['… in another unit', { ttl: '60s' }],
    ['for the longest time', { ttl: '720h' }],
    ['… put together', { ttl: '719h59m60s' }],
  ])('is taken %s', (_, change) => {
    expect(violationsOf(change)).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['no scope', { scopeRef: undefined }, 'spec.scopeRef'],
    ['a scope without a name', { scopeRef: { namespace: 'team-web' } }, 'spec.scopeRef.name'],
    ['a namespace that is none', { scopeRef: { namespace: 'Team', name: 'web' } }, 'spec.scopeRef.namespace'],
    ['a scope by its UID', { scopeRef: { name: 'web', uid: 'u' } }, 'spec.scopeRef.uid'],
    ['no name', { include: [] }, 'spec.include'],
    ['no list of names', { include: undefined }, 'spec.include'],
    ['a name in lower case', { include: ['database_url'] }, 'spec.include[0]'],
    ['a name twice', { include: ['A', 'A'] }, 'spec.include[1]'],
    ['a name of 254 characters', { include: names(1, 254) }, 'spec.include[0]'],
    ['a pattern', { include: ['*'] }, 'spec.include[0]'],
    ['301 names', { include: names(301) }, 'spec.include'],
    ['all there is', { includeAll: true }, 'spec.includeAll'],
    ['a data key with a slash', { keys: { A: 'a/b' } }, 'spec.keys.A'],
    ['a data key for a name in lower case', { keys: { a: 'b' } }, 'spec.keys.a'],
    ['no Secret', { secretName: undefined }, 'spec.secretName'],
    ['a path as the name of the Secret', { secretName: '../web' }, 'spec.secretName'],
    ['another mode', { mode: 'Once' }, 'spec.mode'],
    ['another answer to what is missing', { onMissing: 'Ignore' }, 'spec.onMissing'],
    ['API-REVIEW 18: what it says of its own origin', { origin: { ref: 'main' } }, 'spec.origin'],
  ])('is refused with %s', (_, change, path) => {
    expect(pathsOf(change)).toEqual([path]);
  });

  it.each(['0s', '59s', '59999ms', '721h', '720h1ms', '8760h'])('is refused with a ttl of %s', (ttl) => {
    const rule = 'ttl has to be from 1m to 720h; leave it out for as long as the claim';
    expect(violationsOf({ ttl })).toEqual([{ path: 'spec.ttl', rule }]);
  });

  it.each(['', '1d', '1.5h', '-1h', '2', 'forever'])(
    'is refused with a ttl that is no duration: "%s"',
    (ttl) => {
      expect(pathsOf({ ttl })).toEqual(['spec.ttl']);
    },
  );
});
