import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  LOCAL,
  type OperatedCluster,
  operatedCluster,
  scopeThing,
  secretThing,
} from '../scenarios-support/operated-cluster.ts';

const WEB = 'team-web';
// short ones are what error messages quote whole, long ones what they quote the beginning of
const CANARIES = ['h7N#r2q', 'k7Qz!ca~nary-15', 'zK9$'.repeat(15)];
const WINDOW = 4;

const base64 = (...parts: (string | Buffer)[]) =>
  Buffer.concat(parts.map((part) => Buffer.from(part))).toString('base64');
const BROKEN = Buffer.from([0xff, 0xfe, 0x80]);

interface Case {
  /** what lies at the source, made of the canary */
  readonly stored: (canary: string) => string;
  readonly from?: object;
  readonly target?: object;
  readonly reason: string;
}

const included = { include: ['VALUE'] };
const dockerConfig = { registries: [{ server: 'ghcr.io', username: 'u', password: '${VALUE}' }] };

const CASES: Record<string, Case> = {
  'text that is no base64': {
    stored: (canary) => base64(canary),
    from: { encoding: 'Base64' },
    reason: 'ValueNotDecodable',
  },
  'text that is no base64url': {
    stored: (canary) => base64(`${canary}==/+`),
    from: { encoding: 'Base64URL' },
    reason: 'ValueNotDecodable',
  },
  'bytes where a template wants text': {
    stored: (canary) => base64(canary, BROKEN),
    target: { template: { app: '${VALUE | json}' } },
    reason: 'ValueNotText',
  },
  'bytes where a URL wants text': {
    stored: (canary) => base64(BROKEN, canary),
    target: { template: { app: 'https://u:${VALUE | url}@h' } },
    reason: 'ValueNotText',
  },
  'bytes where a registry wants text': {
    stored: (canary) => base64(canary, BROKEN, canary),
    target: { dockerConfig },
    reason: 'ValueNotText',
  },
  'more than 48 KB': {
    stored: (canary) => base64(canary.repeat(10_000)),
    reason: 'ValueTooLarge',
  },
  'what the API server refuses for its type': {
    stored: (canary) => base64(canary),
    target: { ...included, type: 'kubernetes.io/dockerconfigjson', keys: { VALUE: '.dockerconfigjson' } },
    reason: 'TargetRefused',
  },
};

interface Row extends Case {
  readonly what: string;
  readonly name: string;
  readonly canary: string;
}
const ROWS: readonly Row[] = CANARIES.flatMap((canary, length) =>
  Object.entries(CASES).map(([what, one], index) => ({
    ...one,
    what,
    canary,
    name: `case-${length}-${index}`,
  })),
);

describe('THREATS 16: a value that cannot be used', () => {
  let cluster: OperatedCluster;

  beforeAll(async () => {
    cluster = await operatedCluster('security-values');
    await cluster.team(WEB);
    for (const { name, canary, stored, from, target = included } of ROWS) {
      await cluster.have(
        { ...secretThing(WEB, name), data: { value: stored(canary) } },
        scopeThing(name, WEB, {
          level: 'Repository',
          backendRef: LOCAL,
          secrets: [{ name: 'VALUE', from: { key: name, ...from } }],
          targets: [{ secretName: `${name}-target`, ...target }],
        }),
      );
    }
  }, 60_000);

  afterAll(() => cluster?.stop());

  it.each(ROWS)('because it is $what makes its scope $reason ($canary)', async ({ name, reason }) => {
    await cluster.untilReady(WEB, name, 'False', reason);
  });

  it('shows in no status, event, log line or metric, not even four characters of it', async () => {
    const read = async (path: string) => JSON.stringify((await cluster.platform.call('GET', path)).body);
    const shown = [
      await read('/apis/secretscope.dev/v1alpha1/secretscopes'),
      await read('/apis/secretscope.dev/v1alpha1/secretbackends'),
      await read('/apis/events.k8s.io/v1/events'),
      await cluster.operator.metrics(),
      cluster.operator.output,
    ].join('\n');
    const windows = CANARIES.flatMap((canary) =>
      Array.from({ length: canary.length - WINDOW + 1 }, (_, at) => canary.slice(at, at + WINDOW)),
    );
    expect(windows.filter((window) => shown.includes(window))).toEqual([]);
  });
});
