/** The pages of somebody who has a cluster with the operator, followed as they stand; and every object in any page. */
import { globSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { KINDS } from '../../src/model/kinds/all-kinds.ts';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { FOLLOWED } from '../docs/followed-pages.ts';
import { readPage } from '../docs/markdown-blocks.ts';
import { HAS_KUBECTL, Reader } from '../docs/reader.ts';
import { type Person, personOf } from '../scenarios-support/person.ts';

let reader: Reader;
let admin: Person;

beforeAll(async () => {
  if (!HAS_KUBECTL) return;
  reader = await Reader.withOperator();
  admin = await personOf(reader.kubeconfig);
}, 120_000);

afterAll(async () => {
  await admin?.close();
  await reader?.leaves();
}, 60_000);

// a page that was followed cannot be followed again on the same cluster
describe.skipIf(!HAS_KUBECTL)('a reader with a cluster and the operator', { retry: 0 }, () => {
  it.each(FOLLOWED['docs-with-operator'])('gets what %s shows', (page) => reader.follows(page), 240_000);
});

describe.skipIf(!HAS_KUBECTL)('objects in the documents', () => {
  const objects = everyExample();

  it.each(objects.map(({ at, object }, index) => [at, object, index] as const))(
    '%s is taken by the API server',
    async (_at, object, index) => {
      const { status, message } = await dryRun(object, index);
      const refusedBy = GUARDED[object.kind];
      // an object that only the operator or a listed reviewer can make is refused by the policy that says so, which is
      // asked after the schema
      if (refusedBy === undefined) expect(message).toBe('');
      else expect(`${status} ${message}`).toMatch(refusedBy);
    },
  );

  it('are those of the reference and the guides', () => {
    expect(new Set(objects.map(({ object }) => object.kind)).size).toBe(KINDS.length);
    expect(objects.length).toBeGreaterThan(30);
  });
});

const GUARDED: Readonly<Record<string, RegExp>> = {
  SecretRequest: /^403 .*ValidatingAdmissionPolicy/,
  ScopeLedger: /^403 .*ValidatingAdmissionPolicy/,
  RequestReview: /^403 .*ValidatingAdmissionPolicy/,
};

interface Example {
  readonly kind: string;
  readonly metadata: { readonly name?: string; readonly namespace?: string };
}

/** Every object of ours in a YAML block, with where it stands. */
function everyExample(): { at: string; object: Example }[] {
  return ['README.md', ...globSync('docs/**/*.md').sort()]
    .flatMap((path) => readPage(path).blocks)
    .filter(({ language }) => language === 'yaml')
    .flatMap(({ path, line, text }) =>
      parseAllDocuments(text)
        .map((document) => document.toJS() as Example & { readonly apiVersion?: string })
        .filter(({ apiVersion }) => apiVersion === API_VERSION)
        .map((object) => ({ at: `${object.kind} of ${path}:${line}`, object })),
    );
}

/** Made under a name of its own: what a page has made already stays what it is. */
async function dryRun(object: Example, index: number): Promise<{ status: number; message: string }> {
  const { plural = '', namespaced } = KINDS.find(({ kind }) => kind === object.kind) ?? {};
  const { namespace = 'default' } = object.metadata;
  if (namespaced && namespace !== 'default')
    await admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  // a ledger is called by the UID of its scope
  const name = object.kind === 'ScopeLedger' ? object.metadata.name : `example-${index}`;
  const place = namespaced ? `namespaces/${namespace}/` : '';
  const path = `/apis/${API_VERSION}/${place}${plural}?dryRun=All&fieldValidation=Strict`;
  return admin.call('POST', path, {
    ...object,
    metadata: { ...object.metadata, name },
  });
}
