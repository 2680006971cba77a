import type { Mutation } from './mutations.ts';

const tests = (...names: string[]) => names.map((name) => `src/materialize/${name}.test.ts`);

/** Wrong rules about what is written to Secrets, and about whose they are. */
export const MATERIALIZE_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a Secret that another scope holds is taken over',
    file: 'src/materialize/target-contest.ts',
    find: "if (observed.record && observed.proof === 'proven')",
    replace: "if (observed.record && observed.proof === 'none')",
    tests: tests('target-contest'),
  },
  {
    name: 'a Secret of another controller is adopted',
    file: 'src/materialize/target-contest.ts',
    find: 'observed.adopt === own && !observed.hasOwner',
    replace: 'observed.adopt === own',
    tests: tests('target-contest'),
  },
  {
    name: 'an adopt annotation for anybody is enough',
    file: 'src/materialize/target-contest.ts',
    find: 'observed.adopt === own && !observed.hasOwner',
    replace: 'observed.adopt !== undefined && !observed.hasOwner',
    tests: tests('target-contest'),
  },
  {
    name: 'a Secret that cannot be proven to be ours is deleted',
    file: 'src/materialize/release-target.ts',
    find: "if (observed.proof !== 'proven' || !observed.record) return { kind: 'retained' };",
    replace: "if (!observed.record) return { kind: 'retained' };",
    tests: tests('release-target'),
  },
  {
    name: 'a Secret whose holder vanished unseen goes at once',
    file: 'src/materialize/release-target.ts',
    find: "if (input.leaving === 'found') {",
    replace: "if (input.leaving !== 'found') {",
    tests: tests('release-target'),
  },
  {
    name: 'Retain deletes',
    file: 'src/materialize/release-target.ts',
    find: "observed.record.deletionPolicy === 'Retain'",
    replace: "observed.record.deletionPolicy !== 'Retain'",
    tests: tests('release-target'),
  },
  {
    name: 'the grace period starts anew at every look',
    file: 'src/materialize/release-target.ts',
    find: '(isNew ? input.nowMs : since) + input.graceMs',
    replace: 'input.nowMs + input.graceMs',
    tests: tests('release-target'),
  },
  {
    name: 'a revoked key waits for the next value',
    file: 'src/materialize/compare-target.ts',
    find: "if (record && (key.kind === 'withdraw' || isLost(record, input.mayStay)))",
    replace: "if (record && key.kind === 'withdraw')",
    tests: tests('compare-target', 'deliver-withdrawal'),
  },
  {
    name: 'a hand-edited value passes for the delivered one',
    file: 'src/materialize/compare-target.ts',
    find: "&& input.observed?.keys.get(dataKey) === 'intact'",
    replace: '',
    tests: tests('compare-target'),
  },
  {
    name: 'suspend delivers new values',
    file: 'src/materialize/compare-target.ts',
    find: 'if (input.suspended) {',
    replace: 'if (!input.suspended && input.plan.atomic) {',
    tests: tests('compare-target', 'deliver-target'),
  },
  {
    name: 'an own entry takes the place of a locked value whose level is missing',
    file: 'src/materialize/compare-target.ts',
    find: 'return doubt ? kept(dataKey, doubt) : decideDelivery(input, key, record);',
    replace: 'return decideDelivery(input, key, record);',
    tests: tests('locked-target'),
  },
  {
    name: 'a patch is not bound to the object it was planned for',
    file: 'src/materialize/target-body.ts',
    find: 'return { uid, resourceVersion };',
    replace: 'return { uid: uid && uid, resourceVersion: resourceVersion && "" };',
    tests: tests('target-body'),
  },
  {
    name: 'the lost Lease is not asked about before a create',
    file: 'src/materialize/target-writer.ts',
    find: 'this.#fence();\n      const secret = await this.#kube.create(SECRETS, body, { signal });',
    replace: 'const secret = await this.#kube.create(SECRETS, body, { signal });',
    tests: tests('target-writer'),
  },
  {
    name: 'the MAC of a value is not bound to its source',
    file: 'src/materialize/delivery-record.ts',
    find: "return keyring.mac(['value', secret.namespace, secret.name, dataKey, source, bytes]);",
    replace: "return keyring.mac(['value', secret.namespace, secret.name, dataKey, bytes]);",
    tests: tests('delivery-record', 'observed-target'),
  },
  {
    name: 'parts of a MAC run into each other',
    file: 'src/materialize/keyring.ts',
    find: 'hmac.update(`${bytes.length}:`).update(bytes);',
    replace: 'hmac.update(bytes);',
    tests: tests('keyring'),
  },
  {
    name: 'what a value holds is read as a template',
    file: 'src/materialize/compose-value.ts',
    find: 'let bytes = value.reveal();',
    replace:
      "let bytes = values.get(value.reveal().toString().replace(/[${}]/g, ''))?.reveal() ?? value.reveal();",
    tests: tests('locked-target'),
  },
  {
    name: 'a key without which a type cannot exist is no reason to delete',
    file: 'src/materialize/withdraw-keys.ts',
    find: 'if (observed.immutable || requiredKeysMissing(observed.type, left)) return deleteWhole(observed, deps);',
    replace: 'if (observed.immutable) return deleteWhole(observed, deps);',
    tests: tests('withdraw-keys', 'deliver-withdrawal'),
  },
];
