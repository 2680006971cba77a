/** Checks of the API server, its version and its clock. Pure. */
import { APPLY_ALL, type Finding, ok, problem, warning } from './doctor-finding.ts';

const OLDEST = 30;
const WITH_AUTHORS = 36;
// what a token, a seal or a vote bears; the Date header itself is only good to a second
const TOLERATED_SKEW_MS = 5_000;

/** CRDs with selectable fields need 1.30; from 1.36 on it is known who changed a scope. */
export function checkVersion(gitVersion: string): Finding {
  const check = 'api server';
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  if (major === undefined || minor === undefined)
    return warning(check, `it does not say its version ("${gitVersion}")`, 'kubectl version');
  if (Number(major) === 1 && Number(minor) < OLDEST)
    return problem(
      check,
      `${gitVersion} is too old: the kinds need Kubernetes 1.${OLDEST}`,
      `upgrade the cluster to 1.${OLDEST} or newer`,
    );
  if (Number(major) === 1 && Number(minor) < WITH_AUTHORS)
    return warning(
      check,
      `${gitVersion} does not tell who changed a scope: that needs Kubernetes 1.${WITH_AUTHORS}; until then preventSelfReview takes two reviewers`,
      `upgrade the cluster to 1.${WITH_AUTHORS}, then ${APPLY_ALL}`,
    );
  return ok(check, gitVersion);
}

/** `serverAt` is a Date header and so up to a second too early. */
export function checkClock(
  localMs: number,
  server: { readonly at: number; readonly ageMs: number },
): Finding {
  const check = 'clock';
  const ahead = localMs - (server.at + server.ageMs + 500);
  const apart = Math.abs(ahead) / 1000;
  if (Math.abs(ahead) <= TOLERATED_SKEW_MS)
    return ok(check, 'this machine and the API server agree within 5 s');
  return problem(
    check,
    `this machine is ${apart.toFixed(0)} s ${ahead > 0 ? 'ahead of' : 'behind'} the API server; what is sealed here bears a wrong time`,
    'set the clock of this machine, such as: sudo timedatectl set-ntp true',
  );
}
