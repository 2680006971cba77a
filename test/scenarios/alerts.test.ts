/** An operator with real trouble: its metrics make the alerts fire, and `secretscope status` says the same. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FleetStatus } from '../../src/cli/status-fleet.ts';
import { missingPeer } from '../peers/peer-suite.ts';
import { buildPromtool, judgeNames } from '../peers/promtool.ts';
import { shippedAlerts, shippedRules } from '../peers/shipped-rules.ts';
import { startCli } from '../scenarios-support/cli-process.ts';
import { backendIn, secretThing, until } from '../scenarios-support/operated-cluster.ts';
import {
  PROD,
  type ProtectedWorld,
  protectedWorld,
  reviewedBy,
  TEAM,
} from '../scenarios-support/protected-world.ts';

const BINDINGS = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';

let world: ProtectedWorld;
let platform: string;
const promtool = await buildPromtool();

beforeAll(async () => {
  world = await protectedWorld('alerts');
  platform = await world.cluster.guarded.control.userKubeconfig('platform');
}, 90_000);
afterAll(() => world?.stop());

/** Samples of a scrape whose metrics the rules ask for; of the machine that the test runs on, none. */
function samplesOf(text: string): Map<string, number> {
  const asked = shippedAlerts()
    .map(({ expr }) => expr)
    .join(' ');
  const lines = text.split('\n').flatMap((line) => {
    const match = /^((secretscope_\w+)(?:\{.*\})?) (\S+)$/.exec(line);
    return match?.[1] && asked.includes(match[2] ?? '') ? [[match[1], Number(match[3])] as const] : [];
  });
  return new Map(lines);
}

/** As they would be scraped for a day and more in which nothing changes: ages grow, and whatever counts goes on to. */
function goingOn(samples: ReadonlyMap<string, number>): Record<string, string> {
  return Object.fromEntries(
    [...samples].map(([name, value]) => [name, `${value}+${name.includes('_age_seconds') ? 60 : 0}x1700`]),
  );
}

async function status(): Promise<{ code: number | null; told: FleetStatus; err: string }> {
  const { code, out, err } = await startCli('status', '-o', 'json', '--kubeconfig', platform).ended;
  if (out === '') throw new Error(err);
  return { code, told: JSON.parse(out) as FleetStatus, err };
}

describe('an operator in trouble', () => {
  it('says before that all is well', async () => {
    const { code, told } = await status();
    expect(told.needsAPerson).toEqual([]);
    expect(code).toBe(0);
    expect(told.leader?.leads).toBe(true);
    expect(Object.values(told.policies ?? {})).toEqual([true, true, true, true, true]);
  });

  it('measures how long a change of a source was on its way', async () => {
    const { source, target } = await world.environment('open', undefined);
    const holds = (PASSWORD: string) =>
      world.cluster.untilData(PROD, target, { PASSWORD, TOKEN: 'of the repository' });
    await holds('value of open');
    expect(await world.cluster.operator.metrics()).not.toContain('secretscope_propagation_seconds_count{');
    await world.cluster.have(secretThing(PROD, source, { PASSWORD: 'second' }));
    await holds('second');
    const metrics = await world.cluster.operator.metrics();
    expect(metrics).toContain('secretscope_propagation_seconds_count{gated="no"} 1\n');
    expect(metrics).toMatch(/^secretscope_queue_wait_seconds_count\{queue="work"\} [1-9]/m);
  });

  it('exports what is wrong, and the command line says it', async () => {
    await world.cluster.have({ ...backendIn(TEAM, 'nobody'), metadata: { name: 'barred', namespace: TEAM } });
    await world.environment('waits', reviewedBy('ana'));
    await world.environment('lacks', undefined, {
      secrets: [{ name: 'PASSWORD', from: { key: 'not-there', property: 'PASSWORD' } }],
    });
    const gone = await world.cluster.platform.call('DELETE', `${BINDINGS}/claim-rights.secretscope.dev`);
    expect(gone.status).toBe(200);
    await until(async () => {
      const metrics = await world.cluster.operator.metrics();
      for (const line of [
        'secretscope_requests_waiting 1',
        'secretscope_scopes{reason="SecretMissing"} 1',
        'secretscope_policies_in_force{proves="claims"} 0',
        'secretscope_policies_in_force{proves="votes"} 1',
      ])
        expect(metrics).toContain(`${line}\n`);
      expect(metrics).toMatch(/^secretscope_backends\{reason="(?!Reachable|Progressing)\w+"\} 1$/m);
    }, 30_000);
    const { code, told, err } = await status();
    expect(code).toBe(1);
    expect(told.requests).toMatchObject({ waiting: 1, oldest: expect.stringContaining(`${PROD}/`) });
    expect(told.backends.notReady).toMatchObject([{ kind: 'SecretBackend', name: `${TEAM}/barred` }]);
    expect(told.scopes?.byReason).toMatchObject({ SecretMissing: 1, AwaitingApproval: 1 });
    expect(told.policies).toMatchObject({ claims: false, votes: true });
    expect(err).toContain('the policies for claims are not in force as shipped');
  });

  const title = 'makes the alerts fire that are about it, and no other';
  if (promtool.kind === 'missing') missingPeer('promtool', title, promtool);
  else
    it(title, async () => {
      const series = goingOn(samplesOf(await world.cluster.operator.metrics()));
      await judgeNames(promtool, shippedRules(), {
        series,
        at: '26h',
        names: [
          'SecretScopeApprovalsWait',
          'SecretScopeBackendNotReady',
          'SecretScopeNeedsAPerson',
          'SecretScopePolicyNotInForce',
        ],
      });
    }, 60_000);

  it('is missed when it is gone', async () => {
    await world.cluster.operator.stop();
    if (promtool.kind === 'missing') return;
    await judgeNames(promtool, shippedRules(), { series: {}, at: '1h', names: ['SecretScopeDown'] });
    await until(async () => {
      const { told } = await status();
      expect(told.needsAPerson).toContain('no operator leads');
    }, 30_000);
  });
});
