/**
 * Oracle: a claim's Secret has the names that it includes and no others. That of a Snapshot is made once, whole and
 * immutable, goes with its claim, and is never written again; that of a Live claim has no owner, since it may be kept.
 * That a value is the right one, and that no other Secret is written, lawful-writes.ts says.
 */
import type { SecretClaim } from '../../../src/model/kinds/secret-claim.ts';
import { claimedSecret, claimsOf } from '../fault-scenario.ts';
import type { SeenRequest } from '../proxy/fault-proxy.ts';
import { labelOf } from '../trace.ts';
import { isTargetWrite } from './lawful-writes.ts';
import type { Oracle } from './oracle.ts';

interface SecretBody {
  readonly metadata?: {
    readonly ownerReferences?: readonly { readonly kind?: string; readonly name?: string }[];
  };
  readonly immutable?: boolean;
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly stringData?: Readonly<Record<string, unknown>>;
}

export const claimedWrites: Oracle = ({ scenario, seen }) => {
  const claims = Map.groupBy(claimsOf(scenario), claimedSecret);
  return seen
    .filter((request) => isTargetWrite(request, scenario) && request.method !== 'DELETE')
    .flatMap((request) => {
      const own = claims.get(`${request.namespace}/${request.name}`) ?? [];
      const faults = own.length === 0 ? [] : faultsOf(request, own);
      return faults.map((fault) => `${labelOf(request)} ${fault}`);
    });
};

/** `forms`: the claim with each spec that it has at some time. */
function faultsOf({ method, body }: SeenRequest, forms: readonly SecretClaim[]): string[] {
  const { metadata = {}, immutable = false, data, stringData } = body as SecretBody;
  const isSnapshot = forms.some(({ spec }) => spec.mode === 'Snapshot');
  const written = Object.entries({ ...data, ...stringData }).filter(([, value]) => value !== null);
  const wanted = new Set(forms.flatMap(dataKeys));
  const surplus = written
    .filter(([key]) => !wanted.has(key))
    .map(([key]) => `writes ${key}, which is not claimed`);
  if (method !== 'POST')
    return isSnapshot && data !== undefined ? [...surplus, 'changes a Snapshot'] : surplus;
  const owners = (metadata.ownerReferences ?? []).map(({ kind, name }) => `${kind} ${name}`).join();
  const owner = isSnapshot ? `SecretClaim ${forms[0]?.metadata.name}` : '';
  return [
    ...surplus,
    ...(immutable === isSnapshot ? [] : [`is ${immutable ? '' : 'not '}immutable`]),
    ...(owners === owner ? [] : [`names as owner '${owners}', not '${owner}'`]),
    ...(isSnapshot && written.length < wanted.size ? ['makes half a Snapshot'] : []),
  ];
}

const dataKeys = ({ spec: { include, keys } }: SecretClaim) => include.map((name) => keys?.[name] ?? name);
