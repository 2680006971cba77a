/**
 * Owns: how the three servers are started, as pure data.
 * Called by: control-plane.ts. Must not: touch files or processes.
 */
import type { ClusterPaths } from './cluster-dir.ts';

export const SERVICE_ACCOUNT_ISSUER = 'https://kubernetes.default.svc.cluster.local';

const CONTROLLERS = [
  'namespace-controller',
  'garbage-collector-controller',
  'serviceaccount-controller',
  'root-ca-certificate-publisher-controller',
  'clusterrole-aggregation-controller',
];

/** Sockets in the cluster's directory: no port to race for, and closed to other users. */
export function etcdFlags(paths: ClusterPaths): string[] {
  return [
    `--data-dir=${paths.etcdData}`,
    `--listen-client-urls=unix://${paths.etcdSocket}`,
    // nobody dials these; etcd insists on host:port, and makes a socket of that name in its working directory
    '--advertise-client-urls=unix://etcd:0',
    '--listen-peer-urls=unix://peer:0',
    '--initial-advertise-peer-urls=unix://peer:0',
    '--initial-cluster=default=unix://peer:0',
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

export function apiServerFlags(paths: ClusterPaths, port: number): string[] {
  return [
    `--etcd-servers=unix://${paths.etcdSocket}`,
    '--bind-address=127.0.0.1',
    // without it the server looks for a default route, which an offline machine lacks
    '--advertise-address=127.0.0.1',
    '--external-hostname=127.0.0.1',
    // a loopback address is refused as an endpoint of service kubernetes: do not try every ten seconds
    '--endpoint-reconciler-type=none',
    `--secure-port=${port}`,
    `--cert-dir=${paths.pki}`,
    `--tls-cert-file=${paths.servingCert}`,
    `--tls-private-key-file=${paths.servingKey}`,
    `--client-ca-file=${paths.caCert}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.0.0.0/24',
    '--allow-privileged=true',
    `--service-account-issuer=${SERVICE_ACCOUNT_ISSUER}`,
    `--service-account-key-file=${paths.tokenPublicKey}`,
    `--service-account-signing-key-file=${paths.tokenKey}`,
    `--audit-policy-file=${paths.auditPolicy}`,
    `--audit-log-path=${paths.auditLog}`,
    // written while the request is handled, so a test which saw the answer finds the entry
    '--audit-log-mode=blocking',
    // megabytes; a rotation would move the entries away under a reader
    '--audit-log-maxsize=2000',
    // else an orderly shutdown waits a minute for watches to end on their own
    '--shutdown-watch-termination-grace-period=1s',
    '--profiling=false',
  ];
}

export function controllerManagerFlags(paths: ClusterPaths): string[] {
  return [
    `--kubeconfig=${paths.controllerManagerKubeconfig}`,
    `--root-ca-file=${paths.caCert}`,
    `--controllers=${CONTROLLERS.join(',')}`,
    // each controller acts as its own service account, so RBAC and the audit log see it as in a real cluster
    '--use-service-account-credentials=true',
    '--leader-elect=false',
    // nobody asks it anything, so it needs no port
    '--secure-port=0',
    '--kube-api-qps=200',
    '--kube-api-burst=400',
    '--profiling=false',
  ];
}

/**
 * One entry per request and never an object, so no secret value can reach the log.
 * A watch is logged when it starts: its completion may come after the test is over.
 */
export const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  rules: [
    { level: 'Metadata', verbs: ['watch'], omitStages: ['RequestReceived', 'ResponseComplete'] },
    { level: 'Metadata', omitStages: ['RequestReceived', 'ResponseStarted'] },
  ],
};
