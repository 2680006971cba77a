/**
 * What every backend does, whatever provider it speaks to: one suite that all of them pass. Called by the test file
 * of each backend.
 */
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { ContractOptions, ContractSubject } from './contract-subject.ts';
import { CONTRACT } from './whole-contract.ts';

export function backendContract(
  name: string,
  makeSubject: () => Promise<ContractSubject>,
  { skip = [] }: ContractOptions = {},
): void {
  const unknown = skip.filter(({ test }) => !Object.hasOwn(CONTRACT, test));
  if (unknown.length > 0) throw new Error(`no such test in the contract: ${unknown.map(({ test }) => test)}`);
  describe(`the ${name} backend`, () => {
    let subject: ContractSubject;
    beforeAll(async () => {
      subject = await makeSubject();
    });
    afterAll(() => subject?.close());
    for (const [index, [test, check]] of Object.entries(CONTRACT).entries()) {
      const skipped = skip.find((each) => each.test === test);
      // keys of its own for each test: they share a provider
      const run = () => check(subject, (key) => `t${index}.${key}`);
      if (skipped) it.skip(`${test} (${skipped.reason})`, run);
      else it(test, run);
    }
  });
}
