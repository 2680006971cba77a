/**
 * Owns: the frame in which a backend is judged on a peer, or on a fake of our own: the same checks for both. Where the
 * peer is known to differ from its provider a check has to fail; the day it passes, its difference goes.
 * Called by: the tests of peers.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ContractSubject } from '../contract/contract-subject.ts';
import { type MissingPeer, PEERS, requiredPeers } from './peer-provision.ts';
import { type Difference, tellPeer } from './peer-report.ts';

/** A peer that runs, and a backend on it. `address` is for checks that open backends of their own. */
export interface OpenPeer<Subject extends ContractSubject, Address> {
  readonly subject: Subject;
  readonly address: Address;
  /** after the subject was closed */
  readonly stop: () => Promise<void>;
}

/** By title. `key` makes a key that no other check uses. */
export type PeerChecks<Subject, Address> = Readonly<
  Record<string, (subject: Subject, key: (name: string) => string, address: Address) => Promise<void>>
>;

export interface PeerSuite<Install, Subject extends ContractSubject, Address> {
  readonly name: string;
  readonly provider: 'AWS' | 'Google' | 'Azure';
  readonly install: (Install & { readonly kind: 'ready'; readonly version: string }) | MissingPeer;
  readonly checks: PeerChecks<Subject, Address>;
  /** what the provider has not, whoever plays it */
  readonly skips: readonly { readonly test: string; readonly reason: string }[];
  readonly differences?: Readonly<Record<string, Difference>>;
  /** Starts the peer, and what stands before it. */
  readonly open: (install: Install) => Promise<OpenPeer<Subject, Address>>;
}

export function peerSuite<Install, Subject extends ContractSubject, Address>(
  suite: PeerSuite<Install, Subject, Address>,
): void {
  const { name, provider, install, checks, skips, differences = {} } = suite;
  const named = [...skips.map(({ test }) => test), ...Object.keys(differences)];
  const unknown = named.filter((test) => !Object.hasOwn(checks, test));
  if (unknown.length > 0) throw new Error(`no check has this title: ${unknown.join('; ')}`);
  const title = `the ${provider} backend on ${name}`;
  if (install.kind === 'missing') {
    missingPeer(name, title, install);
    return;
  }
  describe(`${title} ${install.version}`, () => {
    let open: OpenPeer<Subject, Address>;
    const passed = new Set<string>();

    beforeAll(async () => {
      open = await suite.open(install);
    });

    afterAll(async () => {
      await open?.subject.close();
      await open?.stop();
      const [differed, alike] = partition([...passed], (test) => Object.hasOwn(differences, test));
      const told = Object.fromEntries(differed.flatMap((test) => entryOf(test, differences[test])));
      await tellPeer({ name, version: install.version, passed: alike.length, differed: told });
    });

    for (const [index, [test, check]] of Object.entries(checks).entries()) {
      const run = () => check(open.subject, (key) => `t${index}.${key}`, open.address);
      const skip = skips.find((each) => each.test === test);
      const difference = differences[test];
      const judged = async () => {
        if (difference) await expect(run()).rejects.toMatchObject({ name: 'AssertionError' });
        else await run();
        passed.add(test);
      };
      if (skip) it.skip(`${test} (${skip.reason})`, judged);
      else it(difference ? `${test} (unlike ${provider}: ${difference.reason})` : test, judged);
    }
  });
}

/** A skip that is named; a failure where the peer has to be there. */
export function missingPeer(name: string, title: string, { why }: MissingPeer): void {
  const told = `${title} (no ${name}: ${why})`;
  const required = PEERS.some((peer) => peer === name && requiredPeers().has(peer));
  if (required) it(told, () => expect.fail(`${name} is needed in CI: ${why}`));
  else it.skip(told, () => undefined);
  // at once: a file without a test that runs has no end to wait for
  void tellPeer({ name, version: '', passed: 0, differed: {}, missing: why });
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

function entryOf(test: string, difference: Difference | undefined): [string, Difference][] {
  return difference ? [[test, difference]] : [];
}
