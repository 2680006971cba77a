/** `secretscope exec --scope` by people with different rights, on a real API server with the operator: and nothing stays. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CI, type ClaimWorld, claimThing, claimWorld } from '../scenarios-support/claim-world.ts';
import { type CliProcess, startCli } from '../scenarios-support/cli-process.ts';
import { clusterRole, roleBinding } from '../scenarios-support/guarded-cluster.ts';
import { secretThing, until } from '../scenarios-support/operated-cluster.ts';
import { PROD, reviewedBy } from '../scenarios-support/protected-world.ts';

let claims: ClaimWorld;
let builder: string;
let blind: string;
let tidyless: string;

const claimVerbs = (name: string, ...verbs: string[]) =>
  clusterRole(name, [{ apiGroups: ['secretscope.dev'], resources: ['secretclaims'], verbs }]);
const readsSecrets = clusterRole('reads-secrets', [
  { apiGroups: [''], resources: ['secrets'], verbs: ['get'] },
]);

beforeAll(async () => {
  claims = await claimWorld('exec-scope');
  const { cluster } = claims.world;
  await cluster.have(
    claimVerbs('claims-and-tidies', 'create', 'get', 'delete'),
    claimVerbs('claims-only', 'create', 'get'),
    readsSecrets,
    roleBinding('builder', 'secretscope-view', PROD),
    roleBinding('blind', 'claims-and-tidies', CI),
    roleBinding('blind', 'secretscope-claimer', PROD),
    roleBinding('tidyless', 'claims-only', CI),
    roleBinding('tidyless', 'reads-secrets', CI),
    roleBinding('tidyless', 'secretscope-claimer', PROD),
  );
  const { control } = cluster.guarded;
  [builder, blind, tidyless] = (await Promise.all(
    ['builder', 'blind', 'tidyless'].map((name) => control.userKubeconfig(name)),
  )) as [string, string, string];
  await claims.claimable('open');
  await claims.claimable('guarded', reviewedBy('ana'));
}, 150_000);

afterAll(() => claims?.stop());

function exec(kubeconfig: string, scope: string, flags: readonly string[], ...command: string[]): CliProcess {
  const place = ['--scope', `${PROD}/${scope}`, '-n', CI, '--kubeconfig', kubeconfig];
  return startCli('exec', ...place, ...flags, '--', ...command);
}

const PASSWORD = ['--include', 'password'];
const knows = (value: string) => [
  'sh',
  '-c',
  `[ "$PASSWORD" = "${value}" ] && echo "knows $PASSWORD"; exit 3`,
];

async function names(kind: 'secretclaims' | 'secrets'): Promise<string[]> {
  const group = kind === 'secrets' ? '/api/v1' : '/apis/secretscope.dev/v1alpha1';
  const { body } = await claims.world.cluster.platform.call('GET', `${group}/namespaces/${CI}/${kind}`);
  const { items } = body as { items: { metadata: { name: string } }[] };
  return items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('exec-'));
}

async function untilNothingIsLeft(): Promise<void> {
  await until(async () => {
    const left = [...(await names('secretclaims')), ...(await names('secrets'))];
    if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`);
  }, 30_000);
}

/** The claim of a run that waits for reviewers. */
async function waitingClaim(running: CliProcess): Promise<string> {
  await expect
    .poll(() => running.heard(), { timeout: 20_000 })
    .toContain('waiting for approval of SecretRequest');
  return /claim ci\/(exec-[0-9a-f]+):/.exec(running.heard())?.[1] ?? '';
}

describe('a scope that nobody guards', () => {
  it('gives the command its secrets, masked in its output, and its exit code counts', async () => {
    const { code, out } = await exec(builder, 'open', PASSWORD, ...knows('value of open')).ended;
    expect([code, out]).toEqual([3, 'knows ***\n']);
    await untilNothingIsLeft();
  });

  it('gives with --all whatever it has', async () => {
    const { code, out } = await exec(builder, 'open', ['--all'], ...knows('value of open')).ended;
    expect([code, out]).toEqual([3, 'knows ***\n']);
    await untilNothingIsLeft();
  });

  it('has deleted the claim before the command runs', async () => {
    const running = exec(builder, 'open', PASSWORD, 'sh', '-c', 'echo running >&2; sleep 2');
    await expect.poll(() => running.heard(), { timeout: 20_000 }).toContain('running');
    expect(await names('secretclaims')).toEqual([]);
    expect((await running.ended).code).toBe(0);
  });

  it('G51 a name that it has not is an error, or the empty string', async () => {
    const missing = ['--include', 'PASSWORD,NOT_THERE'];
    const { code, out, err } = await exec(builder, 'open', missing, 'true').ended;
    expect([code, out]).toEqual([8, '']);
    expect(err).toContain('NOT_THERE');
    const empty = exec(
      builder,
      'open',
      [...missing, '--missing', 'empty'],
      'sh',
      '-c',
      'echo "${NOT_THERE-unset}."',
    );
    expect(await empty.ended).toMatchObject({ code: 0, out: '.\n' });
    await untilNothingIsLeft();
  });

  it('a value that no variable can hold is refused by its name', async () => {
    const data = { PASSWORD: Buffer.from([0x61, 0, 0x62]).toString('base64') };
    const { stringData: _, ...source } = secretThing(PROD, 'open-source', {}) as Record<string, unknown> & {
      metadata: object;
    };
    const { status } = await claims.world.cluster.platform.merge(secretThing(PROD, 'open-source', {}), {
      ...source,
      data,
    });
    expect(status).toBeLessThan(300);
    const { code, err } = await exec(builder, 'open', PASSWORD, 'true').ended;
    expect([code, err]).toEqual([
      8,
      expect.stringContaining('the value of PASSWORD cannot be a variable: it has a NUL byte'),
    ]);
    await untilNothingIsLeft();
  });
});

describe('a scope that reviewers guard', () => {
  it('runs the command once they said yes', async () => {
    const running = exec(builder, 'guarded', PASSWORD, ...knows('value of guarded'));
    const name = await waitingClaim(running);
    await claims.world.cast('ana', 'Approve', await claims.untilRequest('guarded', name));
    expect(await running.ended).toMatchObject({ code: 3, out: 'knows ***\n' });
    await untilNothingIsLeft();
  });

  it('does not run it where they said no', async () => {
    const running = exec(builder, 'guarded', PASSWORD, 'echo', 'ran');
    const name = await waitingClaim(running);
    await claims.world.cast('ana', 'Reject', await claims.untilRequest('guarded', name));
    expect(await running.ended).toMatchObject({ code: 6, out: '' });
    await untilNothingIsLeft();
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'leaves no claim where %s ends the waiting',
    async (signal) => {
      const running = exec(builder, 'guarded', PASSWORD, 'echo', 'ran');
      const name = await waitingClaim(running);
      running.interrupt(signal);
      expect(await running.ended).toMatchObject({ code: 130, out: '' });
      expect((await claims.world.cluster.platform.get(claimThing(name, 'any'))).status).toBe(404);
      await untilNothingIsLeft();
    },
  );

  it('does not run it where nobody decides in time', async () => {
    const { code, out } = await exec(builder, 'guarded', [...PASSWORD, '--timeout', '3s'], 'echo', 'ran')
      .ended;
    expect([code, out]).toEqual([7, '']);
    await untilNothingIsLeft();
  });

  it('bothers no reviewer for a command that is not there', async () => {
    const { code } = await exec(builder, 'guarded', PASSWORD, 'no-such-command').ended;
    expect(code).toBe(127);
    expect(await names('secretclaims')).toEqual([]);
  });
});

describe('somebody who', () => {
  it('may not read Secrets is told which right is missing', async () => {
    await claims.claimable('third');
    const { code, out, err } = await exec(blind, 'third', PASSWORD, 'true').ended;
    expect([code, out]).toEqual([3, '']);
    expect(err).toContain(`you may not read Secrets in namespace ${CI}`);
  });

  it('may not delete claims is told how one goes', async () => {
    await claims.claimable('other');
    const { code, out, err } = await exec(tidyless, 'other', PASSWORD, ...knows('value of other')).ended;
    expect([code, out]).toEqual([3, 'knows ***\n']);
    expect(err).toMatch(/is left behind[\s\S]*kubectl delete secretclaim exec-[0-9a-f]+ -n ci/);
  });
});
