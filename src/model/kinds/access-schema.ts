import { z } from 'zod';
import { labelSelectorSchema, namespaceName, objectName } from './common.ts';
import { atomicList, distinctList, keyedList, withRules } from './schema-rules.ts';

const scopeReference = z
  .strictObject({
    namespace: namespaceName.describe('Namespace of the scope.'),
    name: objectName.describe('Name of the scope.'),
  })
  .describe('One scope.');

/**
 * Atomic, since up to 20,000 of these in one object, merged one by one, take more than etcd does. Appliers that
 * add repositories independently of each other meet in accessGroups.
 */
const repositoryList = z.array(scopeReference).max(20).optional().meta(atomicList);

const accessFields = z
  .strictObject({
    visibility: z
      .enum(['All', 'Private', 'Selected'])
      .optional()
      .describe(
        'Which repositories may use it: All, Private (those that this organization does not class as Public) or Selected (those named here). Default: Private for an entry, Selected for a discovered prefix.',
      ),
    repositories: repositoryList.describe('Selected: repositories by the namespace and name of their scope.'),
    namespaces: labelSelectorSchema
      .optional()
      .describe('Selected: repositories whose Namespace has these labels.'),
    groups: distinctList(z.string().min(1).max(63).describe('Name of an access group.'), 16)
      .optional()
      .describe('Selected: names of spec.accessGroups whose members may use it.'),
  })
  .describe('Which repositories may use a secret.');

export const accessSchema = withRules(accessFields, {
  rule: "(!has(self.repositories) && !has(self.namespaces) && !has(self.groups)) || !has(self.visibility) || self.visibility == 'Selected'",
  message: 'repositories, namespaces and groups go with visibility: Selected only',
  holds: ({ repositories, namespaces, groups, visibility = 'Selected' }) =>
    visibility === 'Selected' ||
    (repositories === undefined && namespaces === undefined && groups === undefined),
});
export type Access = z.infer<typeof accessSchema>;

export const accessGroupSchema = z
  .strictObject({
    name: z.string().min(1).max(63).describe('Name that entries refer to in access.groups.'),
    repositories: keyedList(scopeReference, 100, 'namespace', 'name')
      .optional()
      .describe('Repositories by the namespace and name of their scope.'),
    namespaces: labelSelectorSchema.optional().describe('Repositories whose Namespace has these labels.'),
  })
  .describe('One named set of repositories.');
