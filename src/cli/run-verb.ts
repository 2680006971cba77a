import type { Command } from 'commander';
import { runOperator } from '../app.ts';
import { configFrom, type RunFlags } from '../config.ts';

/** `secretscope run`: the operator itself. */
export function addRun(program: Command, version: string): void {
  program
    .command('run')
    .description('run the operator against the cluster of $KUBECONFIG, or the one it lives in')
    .option(
      '--kubeconfig <path>',
      'kubeconfig to use (default: $KUBECONFIG, else the Pod, else ~/.kube/config)',
    )
    .option('--context <name>', 'context of the kubeconfig')
    .option(
      '--namespace <name>',
      "the operator's own namespace (default: $POD_NAMESPACE, else secretscope-system)",
    )
    .option('--health-address <host:port>', 'where /healthz and /readyz are served', '0.0.0.0:8080')
    .option(
      '--metrics-address <host:port>',
      'where /metrics is served: to everybody on loopback; elsewhere by HTTPS to whoever may get /metrics',
      '127.0.0.1:9090',
    )
    .option(
      '--metrics-cert-dir <path>',
      'folder with tls.crt and tls.key for it, read again when they change (default: a certificate of its own)',
    )
    .option('--no-leader-elect', 'work without a Lease; only ever for a single replica')
    .option('--workers <count>', 'scopes reconciled at once', '20')
    .option('--orphan-grace <duration>', 'how long a Secret stays whose scope was not seen to go', '24h')
    .option('--relist-interval <duration>', 'how often everything watched is compared with a full list', '1h')
    .option(
      '--policy-settle <duration>',
      'how long the policies that prove who voted must be in force before a vote counts',
      '60s',
    )
    .option(
      '--group-vote-ttl <duration>',
      'how long a vote through a group counts before it is decided, since leaving a group cannot be seen',
      '24h',
    )
    .option(
      '--refuse-addresses <ranges...>',
      "addresses that no cloud's name may lead to, besides private ones: the cluster's Services, Pods and API server",
    )
    .option('--outbound-proxy <url>', 'http://host:port through which the clouds are reached (default: none)')
    .option(
      '--insecure-test-endpoints <urls...>',
      'for tests: endpoints on loopback that a ClusterSecretBackend may name instead of a cloud',
    )
    .option('--insecure-test-identity <url>', 'for tests: where identities of those backends are exchanged')
    .option('--insecure-test-ca <file>', 'for tests: PEM of the authority of those endpoints')
    .option('--log-level <level>', 'debug, info, warn or error', 'info')
    .action(async (flags: RunFlags) => {
      const ending = new AbortController();
      // a second signal must not end it at once: it is giving the Lease away
      for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => ending.abort());
      process.exitCode = await runOperator(configFrom(flags, process.env), version, ending.signal);
    });
}
