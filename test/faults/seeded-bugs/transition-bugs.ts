/** Bugs that only the way back shows: what was wished for in between is still there, or nobody says that it was seen. */
import type { SeededBug } from './seeded-bug.ts';

const BODY = 'src/materialize/target-body.ts';
const ACTO = "Acto, SOSP'23 (driven through states, what was taken out of a spec stays)";

export const TRANSITION_BUGS: readonly SeededBug[] = [
  {
    id: 'renamed-key-stays',
    what: 'a data key that is called differently is written under its new name, and the old one is left there',
    source: ACTO,
    edits: [
      {
        file: BODY,
        find: 'const data = { ...unset(change.remove), ...encoded(change.fresh) };',
        replace: 'const data = { ...encoded(change.fresh) };',
      },
    ],
    plans: ['transitions/', 'secretscopes.targets.keys'],
    oracle: 'convergence: the Secret has a key that nobody wants',
  },
  {
    id: 'label-stays',
    what: 'labels are set, and those that are no longer wanted are left there',
    source: ACTO,
    edits: [
      {
        file: BODY,
        find: 'labels: { ...unset(old?.labels), ...labelsOf(change.plan) },',
        replace: 'labels: { ...labelsOf(change.plan) },',
      },
    ],
    plans: ['transitions/', 'secretscopes.targets.labels'],
    oracle: 'convergence: the Secret has a label that nobody wants',
  },
  {
    id: 'annotation-stays',
    what: 'annotations are set, and those that are no longer wanted are left there',
    source: ACTO,
    edits: [{ file: BODY, find: '...unset(old?.annotations),\n', replace: '' }],
    plans: ['transitions/', 'secretscopes.targets.annotations'],
    oracle: 'convergence: the Secret has an annotation that nobody wants',
  },
  {
    id: 'left-secret-stays',
    what: 'Secrets go with their scope only, and not with the target that they were of',
    source: ACTO,
    edits: [
      {
        file: 'src/reconcile/release-leftovers.ts',
        find: '!held.deleting && !isWanted(held)',
        replace: '!held.deleting && view === undefined && !isWanted(held)',
      },
    ],
    plans: ['transitions/', 'secretscopes.targets.secretName'],
    oracle: 'convergence: the Secret of another name is still there',
  },
  {
    id: 'generation-goes-unsaid',
    what: 'a status that says nothing new is not written, so nobody learns that a change was seen',
    source:
      'https://github.com/kubernetes-sigs/cli-utils/tree/master/pkg/kstatus (observedGeneration: what waits for it waits for ever)',
    edits: [
      {
        file: 'src/report/status-writer.ts',
        find: "if (canonicalJson(status) === known.status) return 'unchanged';",
        replace:
          "const bare = (text: string) => text.replaceAll(/\"observedGeneration\":-?\\d+/g, '');\n    if (bare(canonicalJson(status)) === bare(known.status)) return 'unchanged';",
      },
    ],
    plans: ['transitions/', 'secretscopes.targets.deletionPolicy'],
    oracle: 'the scope was not looked at after it was changed',
  },
];
