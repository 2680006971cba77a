/**
 * Owns: a test cluster that knows the kinds and nothing else: no policy, no operator.
 * Used by: tests of the kinds.
 */
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { applyManifests } from '../cluster/apply-manifests.ts';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { loadManifests, type Manifest } from '../cluster/manifests.ts';
import { preparedStore } from '../cluster/prepared-store.ts';
import { type Person, personOf, type Thing } from './person.ts';

export class KindsCluster {
  readonly admin: Person;
  readonly #control: ControlPlane;

  constructor(control: ControlPlane, admin: Person) {
    this.#control = control;
    this.admin = admin;
  }

  /** The message of the refusal, or '' when the API server would take such a scope. */
  async refusal(spec: object): Promise<string> {
    const { status, message } = await this.admin.apply(scope('tried', spec), { dryRun: true });
    if (status >= 500) throw new Error(message);
    return message;
  }

  async stop(): Promise<void> {
    await this.admin.close();
    await this.#control.stop();
  }
}

export async function kindsCluster(name: string): Promise<KindsCluster> {
  const kinds = await loadManifests('crds');
  const store = await preparedStore(kinds, () => controlPlaneWith(kinds));
  const control = await startControlPlane({ name, store });
  return new KindsCluster(control, await personOf(control.adminKubeconfig));
}

/** A new control plane, set up the long way. */
export async function controlPlaneWith(manifests: readonly Manifest[]): Promise<ControlPlane> {
  const control = await startControlPlane({ name: 'prepared' });
  await applyManifests(control, manifests);
  return control;
}

export const scope = (name: string, spec: object, namespace = 'default'): Thing => ({
  apiVersion: API_VERSION,
  kind: 'SecretScope',
  metadata: { name, namespace },
  spec,
});

export const entry = (name: string) => ({ name, from: { key: 'k' } });
