/** Fields that have no transition, each with the reason. The test of transitions holds that there are no others. */

const REVIEWER =
  'it goes with a service account, and the protected world has a person who may vote, and does not';
const WORKLOADS =
  'there are no workloads in the cluster of plans; test/scenarios/workload-restart*.test.ts roll them';
const VERSIONS =
  'a Secret of Kubernetes has no versions; test/contract/ and the scenarios of the clouds pin them';
const AMBIENT =
  'it would ask the network of the machine for the identity of a Pod; the scenarios of the clouds try it';

export const UNTRIED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  clustersecretbackends: {
    'aws.auth.ambient': AMBIENT,
    'gcp.auth.ambient': AMBIENT,
    'azure.auth.ambient': AMBIENT,
  },
  secretscopes: {
    'secrets[].from.version': VERSIONS,
    'protection.requiredReviewers[].namespace': REVIEWER,
    'targets[].restart.workloads[].apiVersion': WORKLOADS,
    'targets[].restart.workloads[].kind': WORKLOADS,
    'targets[].restart.workloads[].name': WORKLOADS,
  },
};
