import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { enrollmentManifests } from '../model/enrollment.ts';
import { API_VERSION, NAMESPACE_PATTERN } from '../model/kinds/common.ts';
import type { Terminal } from './terminal.ts';
import { notANamespace } from './terminal.ts';
import { UsageError } from './usage-error.ts';

interface InitFlags {
  readonly dir?: string;
  readonly operatorNamespace: string;
}

/** `secretscope init NAMESPACE`: the manifests of a first secret, without levels, grants and policies to learn. */
export function addInit(program: Command, terminal: Terminal): void {
  program
    .command('init')
    .description('write the manifests that a namespace needs for its first secret')
    .argument('[namespace]', 'namespace to set up', 'default')
    .option('--dir <path>', 'write one file per object here (default: print them)')
    .option('--operator-namespace <name>', 'namespace of the operator', 'secretscope-system')
    .action(async (namespace: string, flags: InitFlags) => {
      if (!NAMESPACE_PATTERN.test(namespace)) throw new UsageError(notANamespace(namespace));
      if (namespace.startsWith('kube-') || namespace === flags.operatorNamespace)
        throw new UsageError(`secrets are never delivered to namespace ${namespace}; name one of your own`);
      await writeManifests(namespace, flags, terminal);
    });
}

async function writeManifests(namespace: string, flags: InitFlags, terminal: Terminal): Promise<void> {
  const parts = firstSecret(namespace, flags.operatorNamespace);
  if (flags.dir === undefined) {
    terminal.out(
      parts
        .map(
          ({ comment, objects }) =>
            `# ${comment}\n${objects.map((object) => stringify(object)).join('---\n')}`,
        )
        .join('---\n')
        .trimEnd(),
    );
    terminal.note(nextSteps(namespace, '-f first-secret.yaml', 'save the output as first-secret.yaml, then'));
    return;
  }
  await mkdir(flags.dir, { recursive: true });
  for (const [index, { file, comment, objects }] of parts.entries()) {
    const text = `# ${comment}\n${objects.map((object) => stringify(object)).join('---\n')}`;
    await writeFile(join(flags.dir, `${index + 1}-${file}.yaml`), text, { flag: 'wx' });
    terminal.out(join(flags.dir, `${index + 1}-${file}.yaml`));
  }
  terminal.note(nextSteps(namespace, `-f ${flags.dir}`, 'then'));
}

function nextSteps(namespace: string, source: string, lead: string): string {
  return [
    `${lead}:`,
    `  kubectl create namespace ${namespace}      # if there is none yet`,
    `  kubectl apply ${source}`,
    `  kubectl get secretscopes -n ${namespace}`,
    `  kubectl get secret app -n ${namespace} -o jsonpath='{.data.FIRST_SECRET}' | base64 -d`,
    `change the source and watch it arrive:`,
    `  kubectl create secret generic first-secret -n ${namespace} --from-literal=value=another --dry-run=client -o yaml | kubectl apply -f -`,
  ].join('\n');
}

interface Part {
  readonly file: string;
  readonly comment: string;
  readonly objects: readonly object[];
}

function firstSecret(namespace: string, operatorNamespace: string): Part[] {
  const reader = 'secret-reader';
  const enrolment = enrollmentManifests({
    namespace,
    operatorNamespace,
    serviceAccounts: [reader],
    secrets: true,
  });
  return [
    {
      file: 'source',
      comment: 'the secret itself; in production it lives in a cloud secret manager',
      objects: [source(namespace)],
    },
    {
      file: 'identity',
      comment: 'the account that reads it, and lends its identity to backends of this namespace',
      objects: identity(namespace, reader),
    },
    { file: 'enrolment', comment: 'what the operator may do in this namespace', objects: enrolment },
    {
      file: 'backend',
      comment: 'where secrets are kept: Secrets of this namespace',
      objects: [backend(namespace, reader)],
    },
    {
      file: 'scope',
      comment: 'which secrets there are, and the Secret "app" that Pods use',
      objects: [scope(namespace)],
    },
  ];
}

const source = (namespace: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'first-secret', namespace },
  stringData: { value: 'change-me' },
});

function identity(namespace: string, name: string): object[] {
  const rules = [
    { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: ['secretscope.dev'], resources: ['secretbackends'], verbs: ['lend'] },
  ];
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name, namespace }, rules },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name, namespace },
      roleRef,
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ];
}

const backend = (namespace: string, account: string) => ({
  apiVersion: API_VERSION,
  kind: 'SecretBackend',
  metadata: { name: 'local', namespace },
  spec: { kubernetes: { auth: { serviceAccountRef: { name: account } } } },
});

const scope = (namespace: string) => ({
  apiVersion: API_VERSION,
  kind: 'SecretScope',
  metadata: { name: 'app', namespace },
  spec: {
    level: 'Repository',
    backendRef: { kind: 'SecretBackend', name: 'local' },
    secrets: [{ name: 'FIRST_SECRET', from: { key: 'first-secret', property: 'value' } }],
    targets: [{ secretName: 'app', include: ['FIRST_SECRET'] }],
  },
});
