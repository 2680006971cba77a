import { z } from 'zod';
import { DURATION } from '../duration.ts';
import { atomicList, boundedMap, keyedList } from './schema-rules.ts';

/** API group and version of every kind of this product. */
export const GROUP = 'secretscope.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

/** RFC 1123 label: a namespace. */
export const NAMESPACE_PATTERN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
/** RFC 1123 subdomain: most objects' names. */
export const OBJECT_NAME_PATTERN = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
/** Printable ASCII without a comma's cousins: free text that reaches terminals has no control characters. */
export const PRINTABLE = /^[ -~]*$/;

export const namespaceName = z.string().min(1).max(63).regex(NAMESPACE_PATTERN);
export const objectName = z.string().min(1).max(253).regex(OBJECT_NAME_PATTERN);
export const duration = z.string().max(32).regex(DURATION);

const labelKey = z.string().min(1).max(317);
const labelValue = z.string().max(63).describe('Value of the label.');

export const labelSelectorSchema = z
  .strictObject({
    matchLabels: boundedMap(labelKey, labelValue, 64)
      .optional()
      .describe('Labels that all have to be present with exactly these values.'),
    matchExpressions: z
      .array(
        z
          .strictObject({
            key: labelKey.describe('The label key that the requirement is about.'),
            operator: z
              .enum(['In', 'NotIn', 'Exists', 'DoesNotExist'])
              .describe('How the label is compared.'),
            values: z
              .array(labelValue)
              .max(64)
              .optional()
              .meta(atomicList)
              .describe('Values for In and NotIn.'),
          })
          .describe('One requirement.'),
      )
      .max(16)
      .optional()
      .meta(atomicList)
      .describe('Requirements that all have to hold.'),
  })
  .describe(
    'Selects Namespaces by their labels. An empty selector selects every namespace; a malformed one selects none.',
  );

export const conditionSchema = z
  .strictObject({
    type: z.string().max(316).describe('Kind of condition; Ready is always present.'),
    status: z.enum(['True', 'False', 'Unknown']).describe('Whether the condition holds.'),
    observedGeneration: z
      .int()
      .min(0)
      .optional()
      .describe('The generation of the object that this was decided for.'),
    lastTransitionTime: z.string().meta({ format: 'date-time' }).describe('When the status last changed.'),
    reason: z.string().max(1024).describe('One word from the documented, closed list of reasons.'),
    message: z.string().max(32768).describe('What it is about, for a person, with the next step.'),
  })
  .describe('One aspect of the state of this object.');
export type Condition = z.infer<typeof conditionSchema>;

export const conditionList = keyedList(conditionSchema, 16, 'type')
  .optional()
  .describe('The state of this object, in the form that kstatus, Flux and Argo CD understand.');

/** A typed custom resource as the API server stores it. */
export interface Resource<Spec, Status> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Spec;
  readonly status?: Status;
}

/** What the CRD generator needs to know of a kind besides its schema. */
export interface KindDefinition {
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  readonly description: string;
  readonly spec: z.ZodType;
  readonly status: z.ZodType;
  readonly columns: readonly {
    name: string;
    type: string;
    jsonPath: string;
    description?: string;
    priority?: number;
  }[];
  readonly selectableFields?: readonly string[];
  /** rules on the root object, where spec and metadata are both in reach */
  readonly rootRules?: readonly { rule: string; message: string }[];
}
