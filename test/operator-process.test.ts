/** Which ends of the operator the tests' cluster makes good: those that a kubelet would, and nobody asked for. */
import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';
import { OperatorProcess } from './scenarios-support/operator-process.ts';
import { until } from './scenarios-support/until.ts';

const LOST = `console.log(${JSON.stringify('{"message":"the Lease is lost; ending"}')});`;

function running(program: string) {
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'pipe'] });
  const operator = OperatorProcess.of(child);
  const end = new Promise<void>((resolve) => operator.onEnd(resolve));
  return { operator, end };
}

it('an operator that lost its Lease and ended by itself lost its Lease', async () => {
  const { operator, end } = running(`${LOST} process.exitCode = 1`);
  await end;
  expect([operator.exitCode, operator.lostItsLease]).toEqual([1, true]);
});

it('one that ended for any other reason did not', async () => {
  const { operator, end } = running('throw new Error("broken")');
  await end;
  expect([operator.exitCode, operator.lostItsLease]).toEqual([1, false]);
});

it('nor did one that was ended by a test: none comes in its place', async () => {
  const { operator, end } = running(`${LOST} setInterval(() => {}, 1_000)`);
  await until(() => expect(operator.output).toContain('lost'));
  await operator.stop();
  await end;
  expect(operator.lostItsLease).toBe(false);
});
