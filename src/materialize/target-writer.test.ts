import { describe, expect, it } from 'vitest';
import type { KubeErrorKind } from '../kube/kube-error.ts';
import { inTurn, scriptedClient } from '../kube/testing/scripted-client.ts';
import { json, statusBody } from '../kube/testing/scripted-server.ts';
import { aPlan, delivered, FakeProvider, HOLDER, wanted } from './delivery-fixture.ts';
import { ORPHANED_ANNOTATION } from './delivery-record.ts';
import type { ObservedTarget } from './observed-target.ts';
import { FakeSecrets, KEYRING, kubeError, PLACE } from './secrets-fixture.ts';
import { createBody, patchBody, type SecretDraft, withdrawBody } from './target-body.ts';
import { TargetWriter } from './target-writer.ts';

const SIGNAL = new AbortController().signal;
const plan = aPlan([wanted('A')]);
const change = { plan, holder: HOLDER, seen: {}, fresh: [], remove: [], records: {} };
const draft: SecretDraft = createBody(change, KEYRING);

const secretsWithTarget = () => delivered(plan, new FakeProvider({ A: 'one' }));
const seenIn = ({ observed }: FakeSecrets): ObservedTarget => observed ?? expect.fail();

type Write = (secrets: FakeSecrets, observed: ObservedTarget) => Promise<unknown>;
const patch: Write = ({ writer }, observed) =>
  writer.patch(patchBody(change, observed, KEYRING), observed, SIGNAL);
const withdraw: Write = ({ writer }, observed) =>
  writer.patch(
    withdrawBody(observed, observed.record ?? expect.fail(), ['A'], {}, KEYRING),
    observed,
    SIGNAL,
  );
const replace: Write = ({ writer }, observed) => writer.replace(draft, observed, SIGNAL);
const remove: Write = ({ writer }, observed) => writer.delete(observed, SIGNAL);
const release: Write = ({ writer }, observed) => writer.release(observed, SIGNAL);
const annotate: Write = ({ writer }, observed) => writer.annotate(observed, ORPHANED_ANNOTATION, 'x', SIGNAL);
const create: Write = ({ writer }) => writer.create(draft, SIGNAL);

describe('FAULTS: one effective writer', () => {
  it.each<[string, Write, string[]]>([
    ['create', create, ['fence', 'create team/app']],
    ['patch', patch, ['fence', 'patch team/app']],
    ['withdraw', withdraw, ['fence', 'patch team/app']],
    ['delete', remove, ['fence', 'delete team/app']],
    ['release', release, ['fence', 'patch team/app']],
    ['annotate', annotate, ['fence', 'patch team/app']],
    [
      'replace',
      replace,
      [
        'fence',
        'rehearse team/secretscope-rehearsal',
        'fence',
        'delete team/app',
        'fence',
        'create team/app',
      ],
    ],
  ])('%s asks the fence right before every request', async (_name, write, calls) => {
    const secrets = await secretsWithTarget();
    await write(secrets, seenIn(secrets));
    expect(secrets.calls).toEqual(calls);
  });

  it.each<[string, Write]>([
    ['create', create],
    ['patch', patch],
    ['withdraw', withdraw],
    ['delete', remove],
    ['release', release],
    ['annotate', annotate],
    ['replace', replace],
  ])('%s sends nothing when the Lease is lost', async (_name, write) => {
    const secrets = await secretsWithTarget();
    const observed = seenIn(secrets);
    secrets.leading = false;
    await expect(write(secrets, observed)).rejects.toThrow('not leading');
    expect(secrets.done).toEqual([]);
  });

  it('looking needs no right to write', async () => {
    const secrets = await secretsWithTarget();
    secrets.leading = false;
    expect(await secrets.writer.look(PLACE, SIGNAL)).toMatchObject({ proof: 'proven', keys: new Map() });
    expect(await secrets.writer.lookInto(PLACE, SIGNAL)).toMatchObject({ keys: new Map([['A', 'intact']]) });
    expect(await secrets.writer.look({ ...PLACE, name: 'other' }, SIGNAL)).toBeUndefined();
    expect(await secrets.writer.lookInto({ ...PLACE, name: 'other' }, SIGNAL)).toBeUndefined();
  });
});

describe('what became of a write', () => {
  const refused = (reason: string) => ({ kind: 'refused', reason });
  it.each<[string, Write, KubeErrorKind, unknown]>([
    ['create', create, 'alreadyExists', { kind: 'taken' }],
    ['create', create, 'invalid', refused('TargetRefused')],
    ['create', create, 'forbidden', refused('TargetRefused')],
    ['create', create, 'tooLarge', refused('TargetTooLarge')],
    ['create', create, 'notFound', refused('NamespaceTerminating')],
    ['patch', patch, 'conflict', { kind: 'stale' }],
    ['patch', patch, 'notFound', { kind: 'stale' }],
    ['patch', patch, 'invalid', refused('TargetRefused')],
    ['patch', patch, 'forbidden', refused('TargetRefused')],
    ['delete', remove, 'conflict', 'stale'],
    ['delete', remove, 'notFound', 'stale'],
    ['delete', remove, 'forbidden', 'denied'],
    ['patch', release, 'conflict', 'stale'],
    ['patch', release, 'forbidden', 'denied'],
    ['rehearse', replace, 'invalid', refused('TargetRefused')],
    ['rehearse', replace, 'forbidden', refused('TargetRefused')],
    ['delete', replace, 'conflict', { kind: 'stale' }],
    ['delete', replace, 'forbidden', refused('TargetRefused')],
    ['create', replace, 'alreadyExists', { kind: 'taken' }],
  ])('a %s that is %o ends as %o', async (call, write, kind, outcome) => {
    const secrets = call === 'create' && write === create ? new FakeSecrets() : await secretsWithTarget();
    const observed = seenIn(await secretsWithTarget());
    secrets.errors.set(call, kubeError(kind));
    const ended = await write(secrets, secrets.observed ?? observed);
    if (typeof outcome === 'string') expect(ended).toBe(outcome);
    else expect(ended).toMatchObject(outcome as object);
  });

  it.each<KubeErrorKind>(['timeout', 'network', 'throttled', 'server', 'aborted', 'unauthorized'])(
    'a write that ends with %s may have happened, so it is an error',
    async (kind) => {
      for (const write of [patch, remove, release, replace]) {
        const secrets = await secretsWithTarget();
        for (const call of ['patch', 'delete', 'rehearse']) secrets.errors.set(call, kubeError(kind));
        await expect(write(secrets, seenIn(secrets))).rejects.toMatchObject({ kind });
      }
    },
  );

  it('a namespace that is going away is no missing right', async () => {
    const secrets = new FakeSecrets();
    secrets.errors.set('create', kubeError('forbidden', ['NamespaceTerminating']));
    expect(await secrets.writer.create(draft, SIGNAL)).toMatchObject({ reason: 'NamespaceTerminating' });
  });

  it('what is written is seen at once, without its values', async () => {
    const secrets = await secretsWithTarget();
    const outcome = await patch(secrets, seenIn(secrets));
    expect(outcome).toMatchObject({
      kind: 'written',
      observed: { resourceVersion: secrets.observed?.resourceVersion },
    });
  });
});

describe('replacing a Secret', () => {
  it('costs nothing when the API server would not take the new one', async () => {
    const secrets = await secretsWithTarget();
    const tls = { ...draft, type: 'kubernetes.io/tls', data: { 'tls.crt': '' } };
    expect(await secrets.writer.replace(tls, seenIn(secrets), SIGNAL)).toMatchObject({
      reason: 'TargetRefused',
    });
    expect(secrets.data).toEqual({ A: 'one' });
    expect(secrets.done).toEqual(['rehearse team/secretscope-rehearsal']);
  });
});

describe('THREATS 16: nothing that the server says about a Secret is passed on', () => {
  it.each([[400], [403], [404], [409], [413], [422], [500]])('HTTP %d', async (code) => {
    await using scripted = await scriptedClient(
      inTurn((_request, response) => json(response, code, statusBody(code, 'Invalid', 'data: canary-7f3a'))),
    );
    const writer = new TargetWriter(scripted.client, KEYRING, () => undefined);
    const observed = seenIn(await secretsWithTarget());
    for (const write of [
      writer.create(draft, SIGNAL),
      writer.patch(patchBody(change, observed, KEYRING), observed, SIGNAL),
    ]) {
      const said = await write.then(
        JSON.stringify,
        (error: Error) => `${error.stack} ${JSON.stringify(error)}`,
      );
      expect(said).not.toContain('canary');
    }
  });
});
