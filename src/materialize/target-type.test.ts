import { describe, expect, it } from 'vitest';
import type { TargetType } from '../model/kinds/target.ts';
import { missingForType, requiredKeysMissing } from './target-type.ts';

describe('the data keys that the API server requires', () => {
  it.each<[TargetType, string[], string[]]>([
    ['Opaque', [], []],
    ['kubernetes.io/tls', ['tls.crt', 'tls.key'], []],
    ['kubernetes.io/tls', ['tls.crt', 'ca.crt'], ['tls.key']],
    ['kubernetes.io/tls', [], ['tls.crt', 'tls.key']],
    ['kubernetes.io/basic-auth', ['username'], []],
    ['kubernetes.io/basic-auth', ['password'], []],
    ['kubernetes.io/basic-auth', ['token'], ['username or password']],
    ['kubernetes.io/ssh-auth', ['ssh-privatekey', 'known_hosts'], []],
    ['kubernetes.io/ssh-auth', [], ['ssh-privatekey']],
    ['kubernetes.io/dockerconfigjson', ['.dockerconfigjson'], []],
    ['kubernetes.io/dockerconfigjson', ['config'], ['.dockerconfigjson']],
  ])('a %s with %j lacks %j', (type, has, lacks) => {
    expect(missingForType(type, new Set(has))).toEqual(lacks);
    expect(requiredKeysMissing(type, new Set(has))).toBe(lacks.length > 0);
  });

  it.each(['constructor', 'helm.sh/release.v1', ''])(
    'of a type that is not ours ("%s") none are known',
    (type) => {
      expect(requiredKeysMissing(type, new Set())).toBe(false);
    },
  );
});
