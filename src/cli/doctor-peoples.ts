/** Owns: what doctor reads of the objects that people made, in one namespace or in all. */
import type { Condition } from '../model/kinds/common.ts';
import type { ScopeSpec } from '../model/kinds/secret-scope.ts';
import { PUBLIC_KEY_MAPS } from '../model/public-key-map.ts';
import { isUnguardedProduction } from '../model/unguarded-production.ts';
import { AUTOMATIONS, BACKENDS, CLAIMS, CLUSTER_BACKENDS, CONFIG_MAPS, SCOPES } from '../watch/resources.ts';
import type { Finding, Look } from './doctor-finding.ts';
import { bothLooks, type Looker, mapLook, type Raw } from './doctor-look.ts';
import {
  checkEnrolment,
  checkEvents,
  checkKeys,
  checkProduction,
  checkReady,
  checkRestarts,
  checkUndelivered,
  type Seen,
} from './doctor-objects.ts';

export interface Peoples {
  readonly namespace: string | undefined;
  readonly operatorNamespace: string;
  readonly enrolled: Look<ReadonlySet<string>>;
  readonly everywhere: Look<boolean>;
}

export async function checkPeoples(look: Looker, peoples: Peoples): Promise<Finding[]> {
  const { namespace, operatorNamespace, enrolled, everywhere } = peoples;
  const [scopes, claims, backends, clusterBackends, automations] = await Promise.all([
    seenOf(look.list(SCOPES, namespace), 'SecretScope', hasTargets),
    seenOf(look.list(CLAIMS, namespace), 'SecretClaim', () => true),
    seenOf(look.list(BACKENDS, namespace), 'SecretBackend', () => true),
    seenOf(look.list(CLUSTER_BACKENDS), 'ClusterSecretBackend', () => false),
    seenOf(look.list(AUTOMATIONS, namespace), 'WebhookAutomation', () => false),
  ]);
  return [
    checkEnrolment({ objects: [scopes, claims, backends], enrolled, everywhere }),
    ...checkReady('backends', 'SecretBackend', backends),
    ...checkReady('backends', 'ClusterSecretBackend', clusterBackends),
    checkEvents(bothLooks(backends, clusterBackends)),
    ...checkReady('scopes', 'SecretScope', scopes),
    checkProduction(scopes),
    checkRestarts(scopes),
    ...checkReady('automations', 'WebhookAutomation', automations),
    checkUndelivered(automations),
    checkKeys({ scopes, keys: await publishedKeys(look, operatorNamespace), operatorNamespace }),
  ];
}

async function seenOf(
  reading: Promise<Look<readonly Raw[]>>,
  kind: string,
  needsEnrolment: (raw: Raw) => boolean,
): Promise<Look<readonly Seen[]>> {
  return mapLook(await reading, (raws) =>
    raws
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map((raw) => ({
        kind,
        name: raw.metadata.name,
        namespace: raw.metadata.namespace ?? '',
        uid: raw.metadata.uid,
        conditions: conditionsOf(raw),
        needsEnrolment: needsEnrolment(raw),
        ...requestOf(raw),
        isUnguarded: kind === 'SecretScope' && isUnguardedProduction(specOf(raw), raw.metadata.name),
      })),
  );
}

function hasTargets(raw: Raw): boolean {
  return (specOf(raw).targets ?? []).length > 0;
}

/** Its shape is the API server's word, which checks it. */
function specOf(raw: Raw): Partial<ScopeSpec> {
  const { spec } = raw as { spec?: Partial<ScopeSpec> };
  return spec ?? {};
}

function requestOf(raw: Raw): Pick<Seen, 'request'> {
  const { status } = raw as { status?: { request?: unknown } };
  return typeof status?.request === 'string' ? { request: status.request } : {};
}

function conditionsOf(raw: Raw): readonly Condition[] {
  const { status } = raw as { status?: { conditions?: readonly Condition[] } };
  return status?.conditions ?? [];
}

/** Everybody who is logged in may get these; nobody may list them. */
async function publishedKeys(
  look: Looker,
  namespace: string,
): Promise<Look<ReadonlyMap<string, ReadonlySet<string> | undefined>>> {
  const maps = new Map<string, ReadonlySet<string> | undefined>();
  for (const name of PUBLIC_KEY_MAPS) {
    const found = await look.get(CONFIG_MAPS, { namespace, name });
    if (found.kind === 'hidden') return found;
    const { data } = (found.kind === 'seen' ? found.value : {}) as { data?: Record<string, string> };
    maps.set(name, data && new Set(Object.keys(data)));
  }
  return { kind: 'seen', value: maps };
}
