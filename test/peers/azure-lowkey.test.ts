/**
 * The azure backend against lowkey-vault, which nobody here wrote: the same contract, and what is Azure's own. Where
 * lowkey-vault is known to differ from Azure a test must fail; the day it passes, its line below goes.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { READING } from '../contract/contract-reading.ts';
import { TROUBLE } from '../contract/contract-trouble.ts';
import { WRITING } from '../contract/contract-writing.ts';
import { AZURE_CHECKS, type AzureChecks, type AzureSubject } from './azure-checks.ts';
import { AzureGateway } from './azure-gateway.ts';
import { AZURE_SKIPS, gatewaySubject } from './azure-subject.ts';
import { installLowkey, type LowkeyVault, startLowkey } from './lowkey-vault.ts';

/** Beside these the gateway hides one: for what it does not have, lowkey-vault names an exception of Java. */
const DIFFERENCES: Readonly<Record<string, string>> = {
  'calls a disabled secret gone, neither absent nor denied': 'it answers 404, as if there were none',
  'takes no token but those of its tenant': 'it takes any token',
};

const CHECKS: AzureChecks = { ...READING, ...WRITING, ...TROUBLE, ...AZURE_CHECKS };
const skipped = new Map(AZURE_SKIPS.map(({ test, reason }) => [test, reason]));

const installed = await installLowkey();
const mustRun = process.env['CI'] === 'true';
const title =
  installed.kind === 'ready' ? 'the azure backend on lowkey-vault' : `no lowkey-vault: ${installed.why}`;

describe.skipIf(installed.kind === 'missing' && !mustRun)(title, () => {
  let lowkey: LowkeyVault;
  let subject: AzureSubject;
  let passed = 0;
  let differed = 0;

  beforeAll(async () => {
    if (installed.kind === 'missing') throw new Error(`lowkey-vault is needed in CI: ${installed.why}`);
    lowkey = await startLowkey(installed);
    // trouble is the gateway's: lowkey-vault neither throttles nor denies
    subject = gatewaySubject(await AzureGateway.open(`localhost:${lowkey.port}`));
  });

  afterAll(async () => {
    await subject?.close();
    await lowkey?.stop();
    if (lowkey) {
      process.stdout.write(
        `lowkey-vault ${lowkey.version}: ${passed} passed, ${differed} expected differences\n`,
      );
    }
  });

  for (const [index, [name, check]] of Object.entries(CHECKS).entries()) {
    const run = () => check(subject, (key) => `t${index}.${key}`);
    const reason = DIFFERENCES[name];
    if (skipped.has(name)) it.skip(`${name} (${skipped.get(name)})`, run);
    else if (reason === undefined)
      it(name, async () => {
        await run();
        passed++;
      });
    else
      it(`${name} (unlike Azure: ${reason})`, async () => {
        await expect(run()).rejects.toThrow();
        differed++;
      });
  }
});
