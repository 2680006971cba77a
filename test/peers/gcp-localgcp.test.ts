/**
 * The Google backend against localgcp, which nobody here wrote: the same contract, and what is Google's own. Where
 * localgcp is known to differ from Google a test must fail; the day it passes, its line below goes.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SecretValue } from '../../src/model/secret-value.ts';
import { idle } from '../contract/contract-calls.ts';
import { READING } from '../contract/contract-reading.ts';
import type { ContractSubject } from '../contract/contract-subject.ts';
import { TROUBLE } from '../contract/contract-trouble.ts';
import { WRITING } from '../contract/contract-writing.ts';
import { GCP_CHECKS, type GcpChecks } from './gcp-checks.ts';
import { GcpGateway } from './gcp-gateway.ts';
import { plainGcp } from './gcp-open.ts';
import { GCP_DIFFERENCES, gcpSubject } from './gcp-subject.ts';
import { buildLocalgcp, type Localgcp, startLocalgcp } from './localgcp.ts';

// from its source (internal/secretmanager); it has not run where this was written
const DIFFERENCES: Readonly<Record<string, string>> = {
  'keeps the secrets of a region apart': 'it understands no name with a location when a version is accessed',
};

const CHECKS: GcpChecks = { ...READING, ...WRITING, ...TROUBLE, ...GCP_CHECKS };
const skipped = new Map<string, string>(GCP_DIFFERENCES.map(({ test, reason }) => [test, reason]));

const built = await buildLocalgcp();
const mustRun = process.env['CI'] === 'true';
const title = built.kind === 'ready' ? 'the gcp backend on localgcp' : `no localgcp: ${built.why}`;

describe.skipIf(built.kind === 'missing' && !mustRun)(title, () => {
  let localgcp: Localgcp;
  let gateway: GcpGateway;
  let subject: ContractSubject;
  let passed = 0;
  let differed = 0;

  beforeAll(async () => {
    if (built.kind === 'missing') throw new Error(`localgcp is needed in CI: ${built.why}`);
    localgcp = await startLocalgcp(built.dir);
    gateway = await GcpGateway.open(localgcp.port);
    subject = subjectBehind(gateway, localgcp.port);
  });

  afterAll(async () => {
    await subject?.close();
    await localgcp?.stop();
    const version = built.kind === 'ready' ? built.version : 'none';
    process.stdout.write(`localgcp ${version}: ${passed} passed, ${differed} expected differences\n`);
  });

  for (const [index, [name, check]] of Object.entries(CHECKS).entries()) {
    const run = () => check(subject, (key) => `t${index}.${key}`, gateway.port);
    const reason = DIFFERENCES[name];
    if (skipped.has(name)) it.skip(`${name} (${skipped.get(name)})`, run);
    else if (reason === undefined)
      it(name, async () => {
        await run();
        passed++;
      });
    else
      it(`${name} (unlike Google: ${reason})`, async () => {
        await expect(run()).rejects.toMatchObject({ name: 'AssertionError' });
        differed++;
      });
  }
});

/** What a person stores goes around the gateway. */
function subjectBehind(gateway: GcpGateway, port: number): ContractSubject {
  const person = plainGcp(port);
  return gcpSubject(plainGcp(gateway.port), {
    store: async (key, content) => {
      const answer = await person.put({ key }, SecretValue.fromText(content), idle());
      if (answer.kind !== 'stored') throw new Error(`not stored but ${answer.kind}`);
    },
    trouble: async (kind) => {
      gateway.trouble = kind;
    },
    valueReads: async () => gateway.valueReads,
    close: async () => {
      await person.close();
      await gateway.close();
    },
  });
}
