/**
 * What tools print, line by line, with the identifiers, digests and numbers that are in real logs: none of it is a
 * token. Made from a seed, so that a line that was taken for one can be had again.
 */
type Draw = (alphabet: string, length: number) => string;

const HEX = '0123456789abcdef';
const LOWER = 'abcdefghijklmnopqrstuvwxyz0123456789';
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const ALNUM = `${UPPER}${LOWER}`;
const BASE64 = `${ALNUM}+/`;

/** mulberry32 */
function drawing(seed: number): Draw {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return (alphabet, length) =>
    Array.from({ length }, () => alphabet[Math.floor(next() * alphabet.length)] ?? '').join('');
}

interface Made {
  readonly hex: (length: number) => string;
  readonly b64: (length: number) => string;
  readonly num: (length: number) => string;
  readonly word: () => string;
  readonly uuid: () => string;
  readonly version: () => string;
  readonly time: () => string;
  readonly ip: () => string;
  readonly pod: () => string;
}

function making(draw: Draw): Made {
  const hex = (length: number) => draw(HEX, length);
  const num = (length: number) => draw('123456789', length);
  const words = [
    'server',
    'orders',
    'payments',
    'password-reset',
    'keycloak',
    'redis',
    'postgres',
    'web',
    'authority',
  ];
  const word = () => words[Number(draw('012345678', 1))] ?? '';
  return {
    hex,
    num,
    word,
    b64: (length) => draw(BASE64, length),
    uuid: () => [8, 4, 4, 4, 12].map(hex).join('-'),
    version: () => `${num(1)}.${num(2)}.${num(1)}`,
    time: () => `2026-11-2${draw('0123456789', 1)}T0${num(1)}:1${num(1)}:2${num(1)}.${num(6)}Z`,
    ip: () => `10.${num(2)}.${num(1)}.${num(2)}`,
    pod: () =>
      `${word()}-${draw('bcdfghjklmnpqrstvwxz2456789', 10)}-${draw('bcdfghjklmnpqrstvwxz2456789', 5)}`,
  };
}

/** One round of each tool. */
export const LOGS: Readonly<Record<string, (made: Made) => readonly string[]>> = {
  'npm ci': ({ b64, hex, num, version, word, time }) => [
    `npm http fetch GET 200 https://registry.npmjs.org/${word()}/-/${word()}-${version()}.tgz ${num(3)}ms (cache miss)`,
    `npm verbose tarball integrity sha512-${b64(86)}==`,
    `npm error code EINTEGRITY`,
    `npm error sha512-${b64(86)}== integrity checksum failed when using sha512: wanted sha512-${b64(86)}== but got sha512-${b64(86)}==. (${num(6)} bytes)`,
    `"node_modules/${word()}": { "version": "${version()}", "resolved": "https://registry.npmjs.org/${word()}/-/${word()}-${version()}.tgz", "integrity": "sha512-${b64(86)}==" }`,
    `npm info using npm@${version()} npm_config_cache=/root/.npm npm_package_resolved=${hex(40)}`,
    `npm notice shasum: ${hex(40)}`,
    `npm verbose logfile /root/.npm/_logs/${time()}-debug-0.log`,
    'npm error need auth This command requires you to be logged in; //registry.npmjs.org/:_authToken=(protected)',
  ],
  'docker build': ({ hex, num, version, word }) => [
    `#${num(1)} [internal] load metadata for docker.io/library/node:${version()}-alpine`,
    `#${num(1)} resolve docker.io/library/node:${version()}@sha256:${hex(64)} 0.0s done`,
    `#${num(1)} sha256:${hex(64)} ${num(2)}.${num(2)}MB / ${num(2)}.${num(2)}MB 0.${num(1)}s done`,
    `#${num(2)} writing image sha256:${hex(64)} done`,
    `#${num(2)} naming to ghcr.io/example/${word()}:v1.${hex(40)} done`,
    ` ---> ${hex(12)}`,
    `WARN: SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ENV "DB_PASSWORD") (line ${num(2)})`,
    `Www-Authenticate: Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:example/${word()}:pull"`,
  ],
  'terraform plan': ({ hex, num, uuid, word, b64 }) => [
    `azurerm_storage_account.${word()}: Refreshing state... [id=/subscriptions/${uuid()}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/${word()}${num(3)}]`,
    `  + primary_access_key               = (sensitive value)`,
    `  + primary_connection_string        = (sensitive value)`,
    `  ~ administrator_login_password     = (sensitive value)`,
    `  ~ source_code_hash                 = "${b64(43)}=" -> "${b64(43)}="`,
    `  + etag                             = "${hex(32)}"`,
    `aws_instance.${word()}: Still creating... [id=i-${hex(17)}, 10s elapsed]`,
    `random_id.suffix: Creation complete after 0s [id=${b64(6)}]`,
    `Plan: ${num(1)} to add, ${num(1)} to change, 0 to destroy.`,
  ],
  kubectl: ({ hex, ip, num, pod, uuid, word, time, b64 }) => [
    `${pod()}   1/1     Running   0          ${num(2)}h   ${ip()}   node-${num(1)}   <none>           <none>`,
    `I1123 00:51:05.${num(6)}   ${num(4)} round_trippers.go:466] curl -v -XGET  -H "Accept: application/json;as=Table;v=v1;g=meta.k8s.io,application/json" -H "Authorization: Bearer <masked>" -H "User-Agent: kubectl/v1.34.1 (linux/amd64) kubernetes/${hex(7)}" 'https://${ip()}:6443/api/v1/namespaces/${word()}/pods?limit=500'`,
    `uid: ${uuid()}`,
    `resourceVersion: "${num(8)}"`,
    `Normal  Pulled  ${num(2)}s  kubelet  Successfully pulled image "ghcr.io/example/${word()}@sha256:${hex(64)}" in 1.${num(3)}s`,
    `checksum/config: ${hex(64)}`,
    `Mounts: /var/run/secrets/kubernetes.io/serviceaccount from kube-api-access-${num(5)} (ro)`,
    `Token: default-token-${hex(5)}  kubernetes.io/service-account-token  3  ${num(2)}d`,
    `  client-key-data: REDACTED  certificate-authority-data: DATA+OMITTED # ${time()}`,
    `The Secret holds ca.crt: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSU${b64(600)}`,
  ],
  'go test': ({ hex, num, version, word, b64 }) => [
    `=== RUN   TestAuthorization/Bearer_token_is_refused_when_${word()}_is_missing`,
    `--- PASS: TestConnectionString/Server=;Password= (0.${num(2)}s)`,
    `ok  \tgithub.com/example/${word()}/internal/server\t0.${num(3)}s\tcoverage: ${num(2)}.${num(1)}% of statements`,
    `go: downloading golang.org/x/crypto v0.${num(2)}.0`,
    `github.com/example/${word()} v1.${num(1)}.0 h1:${b64(43)}=`,
    `github.com/example/${word()} v0.0.0-20${num(12)}-${hex(12)}/go.mod h1:${b64(43)}=`,
    `panic: runtime error: index out of range [${num(1)}] with length 3 [recovered] goroutine ${num(2)} [running]: main.main() /src/main.go:${num(2)} +0x${hex(3)}`,
    `    server_test.go:${num(2)}: dial postgres://app@127.0.0.1:${num(4)}/app_test?sslmode=disable: version ${version()}`,
  ],
  maven: ({ num, version, word, hex }) => [
    `[INFO] Downloading from central: https://repo.maven.apache.org/maven2/org/example/${word()}/${version()}/${word()}-${version()}.pom`,
    `[INFO] Tests run: ${num(2)}, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.${num(3)} s -- in com.example.${word()}.JwtTokenValidatorTest`,
    `\tat org.springframework.security.oauth2.server.resource.web.BearerTokenAuthenticationFilter.doFilterInternal(BearerTokenAuthenticationFilter.java:${num(3)})`,
    `Caused by: org.postgresql.util.PSQLException: FATAL: password authentication failed for user "app" [jdbc:postgresql://db:5432/app?user=app&sslmode=require]`,
    `HikariPool-1 - jdbcUrl.........................jdbc:mysql://db:3306/app?useSSL=false&password=<masked>`,
    `HikariPool-1 - password........................<masked> poolName=${hex(8)}`,
  ],
  pip: ({ b64, hex, num, version, word }) => [
    `  Downloading https://files.pythonhosted.org/packages/${hex(2)}/${hex(2)}/${hex(60)}/${word()}-${version()}-py3-none-any.whl (${num(3)} kB)`,
    `    ${word()}==${version()} --hash=sha256:${hex(64)}`,
    `  Created wheel for ${word()}: filename=${word()}-${version()}.whl size=${num(5)} sha256=${hex(64)}`,
    `  "${word()}.py,sha256=${b64(43).replaceAll(/[+/]/g, '_')},${num(4)}"`,
    `Successfully installed PyJWT-${version()} azure-identity-${version()} redis-${version()}`,
  ],
  git: ({ hex, num, word, b64 }) => [
    `commit ${hex(40)} (HEAD -> main, origin/main, tag: v1.${num(1)}.0)`,
    `   ${hex(7)}..${hex(7)}  main       -> origin/main`,
    `index ${hex(40)}..${hex(40)} 100644`,
    `Merge pull request #${num(4)} from example/rotate-${word()}-password`,
    `gpgsig SHA256:${b64(43)} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${b64(43)}`,
    `actions/checkout@${hex(40)} # v4.${num(1)}.0`,
    `Download action repository 'actions/cache@v1.${num(1)}.${num(1)}' (SHA:${hex(40)})`,
    `  token: ***`,
    `remote: Write access to repository not granted. fatal: unable to access 'https://x-access-token:***@github.com/example/${word()}/'`,
  ],
  nginx: ({ ip, num, uuid, word, hex }) => [
    `${ip()} - - [23/Nov/2026:00:51:05 +0000] "GET /api/v1/${word()}?page=${num(1)}&session=${uuid()} HTTP/1.1" 200 ${num(4)} "-" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/1${num(2)}.0.0.0 Safari/537.36"`,
    `${ip()} - - [23/Nov/2026:00:51:05 +0000] "POST /reset?password=forgotten HTTP/2.0" 302 0 "https://shop.example.com/login" rt=0.${num(3)} trace=00-${hex(32)}-${hex(16)}-01`,
    `2026/11/23 00:51:05 [error] ${num(2)}#${num(2)}: *${num(5)} connect() failed (111: Connection refused) while connecting to upstream, upstream: "http://${ip()}:8080/"`,
    `etag: W/"${hex(8)}-${hex(27)}"; x-request-id: ${hex(32)}; set-cookie: sid=s%3A${hex(32)}; Path=/`,
  ],
  systemd: ({ num, hex, word, uuid }) => [
    `Nov 23 00:51:05 node-${num(1)} systemd[1]: Started ${word()}.service - ${word()} (invocation ${hex(32)}).`,
    `Nov 23 00:51:05 node-${num(1)} systemd-ask-password[${num(3)}]: Starting Dispatch Password Requests to Console;Server=down`,
    `Nov 23 00:51:05 node-${num(1)} kubelet[${num(4)}]: E1123 00:51:05.${num(6)} ${num(4)} pod_workers.go:1301] "Error syncing pod, skipping" err="failed to \\"StartContainer\\"" podUID="${uuid()}"`,
    `Nov 23 00:51:05 node-${num(1)} sshd[${num(4)}]: Failed password for invalid user admin from 10.0.0.${num(1)} port ${num(5)} ssh2`,
    `Nov 23 00:51:05 node-${num(1)} kernel: audit: type=1400 audit(17${num(8)}.${num(3)}:${num(2)}): apparmor="DENIED" operation="open" comm="${word()}"`,
  ],
  audit: ({ uuid, word, time, ip, hex, num }) => [
    `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"${uuid()}","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/${word()}/secrets/${word()}?fieldManager=secretscope","verb":"patch","user":{"username":"system:serviceaccount:secretscope-system:secretscope","uid":"${uuid()}","groups":["system:serviceaccounts"],"extra":{"authentication.kubernetes.io/credential-id":["JTI=${uuid()}"],"authentication.kubernetes.io/pod-uid":["${uuid()}"]}},"sourceIPs":["${ip()}"],"objectRef":{"resource":"secrets","resourceVersion":"${num(7)}"},"responseStatus":{"code":200},"requestReceivedTimestamp":"${time()}","annotations":{"authorization.k8s.io/decision":"allow","digest":"${hex(64)}"}}`,
    `{"level":"info","ts":"${time()}","logger":"controller.${word()}","msg":"Reconciling","reconcileID":"${uuid()}","authorization":"bearer","password":"[redacted]"}`,
  ],
  dotnet: ({ num, word, version, hex, uuid }) => [
    `   at Microsoft.Data.SqlClient.SqlConnection.Open() in /_/src/SqlConnection.cs:line ${num(4)} ClientConnectionId:${uuid()}`,
    `warn: Microsoft.AspNetCore.DataProtection.KeyManagement.XmlKeyManager[35] No XML encryptor configured. Key {${uuid()}} may be persisted to storage in unencrypted form.`,
    `Connection: Server=tcp:${word()}.database.windows.net,1433;Database=app;Authentication=Active Directory Default;Encrypt=True;`,
    `Connection: Server=${word()};User ID=app;Password=***;Encrypt=True;`,
    `Connection: Data Source=${word()};Password=<hidden>;Uid=app`,
    `  Installed ${word()} ${version()} from https://api.nuget.org/v3/index.json with content hash ${hex(32)}.`,
    `StackExchange.Redis: ${word()}.redis.cache.windows.net:6380,password=*****,ssl=True,abortConnect=False`,
  ],
  traces: ({ num, word, hex, b64 }) => [
    `Error: connect ECONNREFUSED 127.0.0.1:5432 at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1${num(3)}:16) { errno: -111, code: 'ECONNREFUSED', syscall: 'connect' }`,
    `    at async redis://${word()}:6379/0 connectWithPassword (/app/node_modules/@redis/client/dist/lib/client/socket.js:${num(3)}:${num(2)})`,
    `Traceback (most recent call last): File "/usr/lib/python3/dist-packages/jwt/api_jws.py", line ${num(3)}, in _load: raise DecodeError("Not enough segments")`,
    `java.lang.IllegalStateException: Bearer tokens are not supported for ${word()} (build ${hex(40)})`,
    `background: url(data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA${b64(800)}/AzCa+ACR${b64(300)}==)`,
    `//# sourceMappingURL=data:application/json;charset=utf-8;base64,eyJ2ZXJzaW9uIjozLCJzb3VyY2VzIjpbXSwibWFwcGluZ3MiOiIifQ==`,
    `this.user=t.user;this.password=t.password;this.server=t;e.bearer=function(){return "Bearer "+this.accessKey}`,
    `ghp_ and github_pat_ are prefixes; npm_config_ and oy2 and eyJ are not tokens; AccountKey=; SharedAccessKey=; Pwd=; v1.`,
  ],
};

/** `rounds` of every tool, under 300 kB with 12. */
export function logs(seed: number, rounds: number): Readonly<Record<string, string>> {
  const made = making(drawing(seed));
  return Object.fromEntries(
    Object.entries(LOGS).map(([tool, lines]) => [
      tool,
      Array.from({ length: rounds }, () => lines(made).join('\n')).join('\n'),
    ]),
  );
}
