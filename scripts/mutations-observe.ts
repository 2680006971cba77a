import type { Mutation } from './mutations.ts';
import { faultsOf } from './mutations-masking-text.ts';

const ACCESS = ['report/scrape-access'];
const SERVER = ['report/http-server', 'report/server-certificate', 'operator/serve-metrics'];

/** Faults of metrics, of who may scrape them, of the log level and of `secretscope status`. */
export const OBSERVE_MUTATIONS: readonly Mutation[] = [
  ...faultsOf('report/scrape-access', ACCESS, [
    [
      'observe: a known token is right enough',
      "kind === 'allowed' ? 'admitted' : 'refused'",
      "kind === 'denied' ? 'refused' : 'admitted'",
    ],
    [
      'observe: nobody is admitted as well',
      "if (!subject) return 'unknown';",
      "if (!subject) return 'admitted';",
    ],
    ['observe: an answer is good for ever', 'kept && kept.until > this.#options.clock.monotonic()', 'kept'],
    ['observe: strangers ask as often as they like', '|| !this.#strangers.take())', ')'],
    ['observe: whoever was admitted waits with the strangers', '!wasAdmitted && (', '('],
    ['observe: refusals pile up', 'if (kept.size <= most) return;', 'return;'],
    [
      'observe: who cannot be asked about is admitted',
      "      return 'undecided';\n    }\n  }",
      "      return 'admitted';\n    }\n  }",
    ],
  ]),
  ...faultsOf('report/http-server', SERVER, [
    [
      'observe: a refusal is no refusal',
      "if (admission !== 'admitted') return refuse",
      "if (admission === 'refused') return refuse",
    ],
    [
      'observe: dawdlers are waited for',
      'connectionsCheckingInterval: 1_000',
      'connectionsCheckingInterval: 100_000',
    ],
  ]),
  ...faultsOf('report/server-certificate', SERVER, [
    ['observe: a renewed certificate is not shown', '        renew(found);\n', ''],
    [
      'observe: one failure ends the looking',
      '      onError(error);\n',
      '      onError(error);\n      return;\n',
    ],
  ]),
  ...faultsOf(
    'operator/serve-metrics',
    ['operator/serve-metrics'],
    [['observe: everything is open', 'if (isLoopback(address.host))', 'if (address.host)']],
  ),
  ...faultsOf(
    'operator/endpoints',
    ['operator/serve-metrics'],
    [['observe: what listens keeps a broken process alive', '    await healthServer.close();\n', '']],
  ),
  ...faultsOf(
    'operator/log-level',
    ['operator/log-level'],
    [
      [
        'observe: a level that is none is used',
        'after && isLevel(after) ? after : usual',
        '(after || usual) as LogLevel',
      ],
      [
        'observe: a change is hidden by its own level',
        "  log.level = 'info';\n  log.info(",
        '  log.level = to;\n  log.info(',
      ],
    ],
  ),
  ...faultsOf(
    'report/fleet-tally',
    ['report/fleet-tally'],
    [
      [
        'observe: whatever a status says is a label',
        'Object.hasOwn(REASONS, reason) ? reason',
        'reason ? reason',
      ],
      ['observe: what is degraded succeeds', "condition.type === 'Degraded'", "condition.type === 'Gone'"],
      ['observe: what waits for reviewers is late', 'OF_PEOPLE.has(ready.reason) ||', ''],
    ],
  ),
  ...faultsOf(
    'report/noticed-changes',
    ['report/metrics', 'report/noticed-changes'],
    [
      [
        'observe: a change begins anew with each notice',
        'if (known && known.delivered === undefined) return;',
        '',
      ],
      ['observe: noticed changes pile up', 'if (this.#noticed.size <= MAX_NOTICED) return;', 'return;'],
    ],
  ),
  ...faultsOf(
    'reconcile/tell-propagation',
    ['reconcile/tell-propagation'],
    [
      ['observe: a new key was on its way', 'was !== undefined && was !==', 'was !=='],
      ['observe: a hand edit was on its way', ' && was !== sourceOf(outcome.observed, dataKey)', ''],
    ],
  ),
  ...faultsOf(
    'fetch/requests-sent',
    ['fetch/requests-sent'],
    [['observe: a closed connection had sent nothing', '    add(this.#closed, backend);\n', '']],
  ),
  ...faultsOf(
    'mask/masked-count',
    ['mask/masked-count'],
    [['observe: every text is counted', 'place !== undefined && masked !== text', 'place !== undefined']],
  ),
  ...faultsOf(
    'cli/status-fleet',
    ['cli/status-fleet'],
    [
      [
        'observe: nobody leads, and all is well',
        "looks.lease.kind === 'missing' || (leader && !leader.leads)",
        'false',
      ],
      ['observe: what waits for nobody needs a person', 'counted.needAPerson > 0', 'counted.total > 0'],
    ],
  ),
];
