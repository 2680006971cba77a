import { z } from 'zod';
import { MAX_SECRET_NAME, SECRET_NAME } from '../names.ts';
import { labelSelectorSchema, objectName, PRINTABLE } from './common.ts';
import { atomicList, boundedMap, distinctList, keyedList, type Rule, withRules } from './schema-rules.ts';

/** Types of Secret that may be written; a service account token or a bootstrap token never. */
export const TARGET_TYPES = [
  'Opaque',
  'kubernetes.io/dockerconfigjson',
  'kubernetes.io/tls',
  'kubernetes.io/basic-auth',
  'kubernetes.io/ssh-auth',
] as const;
export type TargetType = (typeof TARGET_TYPES)[number];

/** Kinds of workload that may be restarted, all of apps/v1. */
export const RESTART_KINDS = ['Deployment', 'StatefulSet', 'DaemonSet'] as const;
export type RestartKind = (typeof RESTART_KINDS)[number];
export const RESTART_API = 'apps/v1';

const name = z.string().min(1).max(MAX_SECRET_NAME).regex(SECRET_NAME);
/** Kubernetes' own rule for the keys of a Secret's data. */
export const DATA_KEY = /^[-._a-zA-Z0-9]+$/;
const dataKey = z.string().min(1).max(253).regex(DATA_KEY);
const templateText = z.string().min(1).max(16_384).describe('Text with ${NAME} in it.');
const metadataKey = z.string().min(1).max(317);

const registrySchema = z
  .strictObject({
    server: z
      .string()
      .min(1)
      .max(253)
      .regex(/^[!-~]+$/)
      .describe('Registry host, such as ghcr.io.'),
    username: z.string().min(1).max(1024).describe('User name, as text with ${NAME}.'),
    password: z.string().min(1).max(1024).describe('Password or token, as text with ${NAME}.'),
  })
  .describe('One registry.');

const workloadSchema = z
  .strictObject({
    apiVersion: z.string().max(64).optional().describe('API version. Default: apps/v1.'),
    kind: z.enum(RESTART_KINDS).describe('Kind of workload.'),
    name: objectName.describe('Name of the workload in the namespace of the Secret.'),
  })
  .describe('One workload.');

const DOCKER_TYPE = 'kubernetes.io/dockerconfigjson';
const DOCKER_KEY = '.dockerconfigjson';

const RESERVED = ['kubernetes.io/', 'k8s.io/', 'secretscope.dev/'];

type Metadata = { [field in 'labels' | 'annotations']?: Record<string, string> | undefined };

const noReservedKeys = (field: keyof Metadata): Rule<Metadata> => ({
  rule: `!has(self.${field}) || self.${field}.all(k, !k.contains('kubernetes.io/') && !k.contains('k8s.io/') && !k.contains('secretscope.dev/'))`,
  message: `${field} of kubernetes.io, k8s.io and secretscope.dev are reserved; use a prefix of your own`,
  fieldPath: `.${field}`,
  holds: (target) =>
    Object.keys(target[field] ?? {}).every((key) => !RESERVED.some((reserved) => key.includes(reserved))),
});

const targetFields = z
  .strictObject({
    secretName: objectName.describe('Name of the Secret to keep up to date.'),
    include: distinctList(name.describe('Name of a secret.'), 300)
      .optional()
      .describe('Names to deliver. Each one is reported when it cannot be had.'),
    includeAll: z
      .boolean()
      .optional()
      .describe('True: also every other name that this scope resolves to. Default: false.'),
    keys: boundedMap(name, dataKey.describe('Data key in the Secret.'), 300)
      .optional()
      .describe(
        'Data keys by name, for names that are to be called differently in the Secret. Default: the name itself.',
      ),
    onMissing: z
      .enum(['Report', 'Empty'])
      .optional()
      .describe(
        'What an included name does that nobody supplies: be reported, or be an empty string as in GitHub. Default: Report.',
      ),
    atomic: z
      .boolean()
      .optional()
      .describe('True: the Secret is written only when every key can be. Default: false.'),
    type: z
      .enum(TARGET_TYPES)
      .optional()
      .describe('Type of the Secret. Default: Opaque, or the type that dockerConfig needs.'),
    labels: boundedMap(metadataKey, z.string().max(63).describe('Value of the label.'), 32)
      .optional()
      .describe('Labels to set on the Secret.'),
    annotations: boundedMap(
      metadataKey,
      z.string().max(1024).regex(PRINTABLE).describe('Value of the annotation.'),
      32,
    )
      .optional()
      .describe('Annotations to set on the Secret.'),
    template: boundedMap(dataKey, templateText, 32)
      .optional()
      .describe(
        'Data keys with a text of their own in which ${NAME} and ${NAME | json} are replaced; filters: base64, json, url, trim; $${ is a literal.',
      ),
    dockerConfig: z
      .strictObject({
        registries: keyedList(registrySchema, 16, 'server').min(1).describe('The registries to log in to.'),
      })
      .optional()
      .describe('Makes the data key .dockerconfigjson for imagePullSecrets.'),
    namespaces: labelSelectorSchema
      .optional()
      .describe(
        "Deliver the same Secret to every enrolled namespace that has these labels and that consumers admits, besides the scope's own.",
      ),
    deletionPolicy: z
      .enum(['Delete', 'Retain'])
      .optional()
      .describe('What happens to the Secret when this target or its scope goes. Default: Delete.'),
    restart: z
      .strictObject({
        workloads: z
          .array(workloadSchema)
          .max(16)
          .optional()
          .meta(atomicList)
          .describe('Workloads to restart.'),
      })
      .optional()
      .describe('Workloads to roll when delivered data really changed.'),
  })
  .describe('One target Secret.');

export const targetSchema = withRules(
  targetFields,
  {
    rule: "!has(self.dockerConfig) || !has(self.type) || self.type == 'kubernetes.io/dockerconfigjson'",
    message: 'dockerConfig makes a Secret of type kubernetes.io/dockerconfigjson; leave type out',
    fieldPath: '.type',
    holds: ({ dockerConfig, type = DOCKER_TYPE }) => dockerConfig === undefined || type === DOCKER_TYPE,
  },
  {
    rule: "!has(self.type) || self.type != 'kubernetes.io/dockerconfigjson' || has(self.dockerConfig) || (has(self.template) && '.dockerconfigjson' in self.template) || (has(self.keys) && self.keys.exists(k, self.keys[k] == '.dockerconfigjson'))",
    message:
      'a Secret of type kubernetes.io/dockerconfigjson needs dockerConfig, or a name or template for .dockerconfigjson',
    fieldPath: '.type',
    holds: ({ type, dockerConfig, template, keys }) =>
      type !== DOCKER_TYPE ||
      dockerConfig !== undefined ||
      Object.hasOwn(template ?? {}, DOCKER_KEY) ||
      Object.values(keys ?? {}).includes(DOCKER_KEY),
  },
  noReservedKeys('labels'),
  noReservedKeys('annotations'),
);
export type TargetSpec = z.infer<typeof targetSchema>;
