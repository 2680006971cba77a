/**
 * What every backend does, whatever provider it speaks to: one suite that all of them pass. Called by the test file
 * of each backend.
 */
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Checks } from './contract-calls.ts';
import { READING } from './contract-reading.ts';
import type { ContractOptions, ContractSubject } from './contract-subject.ts';
import { TROUBLE } from './contract-trouble.ts';
import { WRITING } from './contract-writing.ts';

const CHECKS: Checks = { ...READING, ...WRITING, ...TROUBLE };

export function backendContract(
  name: string,
  makeSubject: () => Promise<ContractSubject>,
  { skip = [] }: ContractOptions = {},
): void {
  const unknown = skip.filter(({ test }) => !Object.hasOwn(CHECKS, test));
  if (unknown.length > 0) throw new Error(`no such test in the contract: ${unknown.map(({ test }) => test)}`);
  describe(`the ${name} backend`, () => {
    let subject: ContractSubject;
    beforeAll(async () => {
      subject = await makeSubject();
    });
    afterAll(() => subject?.close());
    for (const [index, [test, check]] of Object.entries(CHECKS).entries()) {
      const skipped = skip.find((each) => each.test === test);
      // keys of its own for each test: they share a provider
      const run = () => check(subject, (key) => `t${index}.${key}`);
      if (skipped) it.skip(`${test} (${skipped.reason})`, run);
      else it(test, run);
    }
  });
}
