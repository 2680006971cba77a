import type { Command } from 'commander';
import { stringify } from 'yaml';
import {
  type EnrollmentBinding,
  type EnrollmentRole,
  enrollmentManifests,
  RESTARTS_NAME,
  restartManifests,
} from '../model/enrollment.ts';
import { NAMESPACE_PATTERN, OBJECT_NAME_PATTERN } from '../model/kinds/common.ts';
import { applyRbac, lentAccounts } from './apply-rbac.ts';
import { type ConnectionFlags, connected, withConnectionFlags } from './connection.ts';
import { notANamespace, type Terminal, table } from './terminal.ts';
import { UsageError } from './usage-error.ts';

interface EnrollFlags extends ConnectionFlags {
  readonly serviceAccount?: string[];
  readonly secrets: boolean;
  readonly restart?: boolean;
  readonly workload?: string[];
  readonly operatorNamespace: string;
  readonly dryRun?: boolean;
  readonly output?: string;
}

/** `secretscope enroll NAMESPACE`: gives the operator its rights in one namespace, as the caller. */
export function addEnroll(program: Command, version: string, terminal: Terminal): void {
  const command = program
    .command('enroll')
    .description('let the operator work in a namespace; its admin may do this')
    .argument('<namespace>', 'namespace to enroll')
    .option('--service-account <name...>', 'service account that backends of the namespace read as')
    .option('--no-secrets', 'the namespace only holds backends: no right on its Secrets')
    .option('--restart', 'also let it restart workloads of the namespace when their Secrets change')
    .option('--workload <name...>', 'with --restart: only workloads of these names')
    .option('--operator-namespace <name>', 'namespace of the operator', 'secretscope-system')
    .option('--dry-run', 'show the rights and the manifest, change nothing')
    .option('-o, --output <format>', 'yaml: print the manifest only, change nothing')
    .action(async (namespace: string, flags: EnrollFlags) => enroll(namespace, flags, version, terminal));
  withConnectionFlags(command);
}

async function enroll(
  namespace: string,
  flags: EnrollFlags,
  version: string,
  terminal: Terminal,
): Promise<void> {
  checkNames(namespace, flags);
  const { operatorNamespace, secrets, serviceAccount = [], restart = false, workload = [] } = flags;
  const restarts = restart ? restartManifests({ namespace, operatorNamespace, workloads: workload }) : [];
  const manifestsFor = (serviceAccounts: readonly string[]) => [
    ...enrollmentManifests({ namespace, operatorNamespace, serviceAccounts: [...serviceAccounts], secrets }),
    ...restarts,
  ];
  if (flags.output === 'yaml') return terminal.out(asYaml(manifestsFor(serviceAccount)));
  if (flags.dryRun) {
    const manifests = manifestsFor(serviceAccount);
    terminal.out(rightsTable(manifests, flags));
    return terminal.out(`\nnothing was changed; this would be applied:\n${asYaml(manifests)}`);
  }
  await connected(flags, version, async ({ kube }) => {
    // enrolling once more adds accounts; it must not silently take away what a backend reads with
    const earlier = await lentAccounts(kube, namespace);
    const manifests = manifestsFor([...new Set([...earlier, ...serviceAccount])].sort());
    await applyRbac(kube, manifests);
    terminal.out(rightsTable(manifests, flags));
  });
  terminal.out(
    `\nnamespace ${namespace} is enrolled; to take it back: kubectl delete role,rolebinding secretscope-operator${restart ? ` ${RESTARTS_NAME}` : ''} -n ${namespace}`,
  );
}

type Manifests = readonly (EnrollmentRole | EnrollmentBinding)[];

function asYaml(manifests: Manifests): string {
  return manifests
    .map((manifest) => stringify(manifest))
    .join('---\n')
    .trimEnd();
}

function rightsTable(manifests: Manifests, { operatorNamespace }: EnrollFlags): string {
  const roles = manifests.filter((one): one is EnrollmentRole => one.kind === 'Role');
  const title = `rights of ${operatorNamespace}/secretscope in namespace ${roles[0]?.metadata.namespace}:`;
  const rows = roles.flatMap(({ rules }) => rules.map(ruleRow));
  return `${title}\n${table(['RESOURCE', 'NAMES', 'VERBS'], rows)}`;
}

function checkNames(namespace: string, flags: EnrollFlags): void {
  if (flags.output !== undefined && flags.output !== 'yaml') throw new UsageError('-o takes yaml');
  for (const name of [namespace, flags.operatorNamespace]) {
    if (!NAMESPACE_PATTERN.test(name)) throw new UsageError(notANamespace(name));
  }
  for (const name of flags.serviceAccount ?? []) {
    if (!OBJECT_NAME_PATTERN.test(name))
      throw new UsageError(`"${name}" is not the name of a service account`);
  }
  for (const name of flags.workload ?? []) {
    if (!OBJECT_NAME_PATTERN.test(name)) throw new UsageError(`"${name}" is not the name of a workload`);
  }
  if (flags.workload && !flags.restart) throw new UsageError('--workload goes with --restart');
  if (flags.restart && !flags.secrets)
    throw new UsageError('--restart is for Secrets that are delivered here; leave --no-secrets out');
  if (!flags.secrets && !flags.serviceAccount?.length) {
    throw new UsageError('--no-secrets leaves no right to give; name a --service-account');
  }
  if (/^kube-/.test(namespace) || namespace === flags.operatorNamespace) {
    throw new UsageError(
      `secrets are never delivered to namespace ${namespace}; enroll a namespace of your own`,
    );
  }
}

function ruleRow(rule: {
  resources: readonly string[];
  resourceNames?: readonly string[];
  verbs: readonly string[];
}): string[] {
  return [rule.resources.join(', '), rule.resourceNames?.join(', ') ?? '(all)', rule.verbs.join(', ')];
}
