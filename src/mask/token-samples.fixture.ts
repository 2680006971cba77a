/**
 * Tokens of every type, made up when a test runs: no file here holds a whole one, or the hosts of this code would
 * take it for real. Upper-case names in « » stand for what has to be masked.
 */
import { createHash } from 'node:crypto';

const ALNUM = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const ALPHABETS = {
  alnum: ALNUM,
  base64: `${ALNUM}+/`,
  base64url: `${ALNUM}-_`,
  lower: 'abcdefghijklmnopqrstuvwxyz0123456789',
  hex: '0123456789abcdef',
} as const;

/** The same letters every time, with digits among them. */
export function letters(alphabet: keyof typeof ALPHABETS, length: number, seed = 0): string {
  const set = ALPHABETS[alphabet];
  let text = '';
  for (let block = 0; text.length < length; block += 1) {
    const digest = createHash('sha256').update(`${alphabet} ${seed} ${block}`).digest();
    for (const byte of digest) text += set[byte % set.length] ?? '';
  }
  // a run that is cut at any place has a digit near its beginning
  return `${text.slice(0, 2)}7${text.slice(3)}`.slice(0, length);
}

const json = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
export const JWT = `${json({ alg: 'RS256', typ: 'JWT', kid: 'k1' })}.${json({ sub: 'ana', exp: 1_700_000_000 })}.${letters('base64url', 342)}`;
export const JWE = `${json({ alg: 'RSA-OAEP', enc: 'A256GCM' })}.${letters('base64url', 342)}.${letters('base64url', 16)}.${letters('base64url', 90)}.${letters('base64url', 22)}`;

const b64 = (length: number, seed?: number) => letters('base64', length, seed);
const signed32 = (signature: string) => `${b64(33)}${signature}B${b64(5, 1)}=`;
const signed64 = (signature: string) => `${b64(76)}${signature}${b64(5, 1)}w==`;
const NPM = `npm${'_'}${letters('alnum', 36)}`;
const UUID = ['7f9c2d1e', '8a4b', '4c3d', '9e2f', '1a2b3c4d5e6f'].join('-');

/** By the id of the pattern: text, in which « » are around what is masked. */
export const TOKENS: Readonly<Record<string, readonly string[]>> = {
  'azure-key': [
    ...['+ASb', '+AEh', '+ARm', 'AIoT', 'AZEG'].map((signature) => `key: «${signed32(signature)}»`),
    ...['+ASt', 'ACDb', '+ABa', '+AMC', 'APIM'].map((signature) => `"«${signed64(signature)}»"`),
    `«${letters('alnum', 52)}JQQJ9${'9'}B${'C'}${letters('alnum', 24, 2)}»`,
    `«${letters('alnum', 52)}JQQJ9${'D'}B${'C'}${letters('alnum', 26, 2)}==»`,
    `DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=«${b64(86)}==»;EndpointSuffix=core.windows.net`,
    `Endpoint=sb://shop.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=«${b64(43)}=»`,
    `{"accountKey": "«${b64(86)}==»"}`,
    `AZURE_STORAGE_ACCESS_KEY='«${b64(86)}==»'`,
    `storage_account_key = "«${b64(86)}==»"`,
    `\\"accountKey\\":\\"«${b64(86)}==»\\"`,
  ],
  'azure-ad-client-secret': [
    `AZURE_CLIENT_SECRET=«abc${'8'}Q~${letters('base64url', 34)}»`,
    `"password": "«.-_${'7'}Q~${letters('alnum', 31)}»",`,
    `«xY~${'8'}Q~${letters('alnum', 30)}.~_-»`,
  ],
  'azure-cache-key': [
    `primaryKey «${signed32('AzCa')}»`,
    `shop.redis.cache.windows.net:6380,password=«${signed32('AzCa')}»,ssl=True`,
  ],
  'azure-registry-key': [`docker login -p «${b64(42)}+ACRC${b64(5, 1)}» shop.azurecr.io`],
  'azure-function-key': [
    `https://shop.azurewebsites.net/api/run?code=«${letters('base64url', 44)}AzFu${letters('base64url', 5, 1)}Q==»`,
  ],
  'azure-search-key': [`api-key: «${letters('alnum', 42)}AzSeC${letters('alnum', 5, 1)}»`],
  'database-connection-string': [
    'Server=tcp:db.example.com,1433;Initial Catalog=app;User ID=sa;Password=«c0rrect-Horse!»;Encrypt=True;',
    'Data Source=db;User Id=app; Pwd = «x»',
    'PASSWORD=«p(w)»;SERVER=db',
    'Server=db;Password=«*<$[{»',
    '{"log":"connecting:\\tpostgres://app:«s3cr3t»@db"}',
    'Password=«hunter2»; Data Source=db',
    'Driver={ODBC Driver 18 for SQL Server};Server=db;Uid=app;Pwd=«s3cr3t»;',
    '"Host=db;Port=5432;Database=app;Username=app;Password=«s3cr3t»"',
    'jdbc:sqlserver://db:1433;databaseName=app;user=sa;password=«s3cr3t»;encrypt=true',
    'jdbc:postgresql://db:5432/app?user=app&password=«s3cr3t»&ssl=true',
    'jdbc:mysql://db/app?password=«s3cr3t»',
    'postgres://app:«s3cr3t»@db:5432/app?sslmode=require',
    'DATABASE_URL="postgresql+psycopg2://app:«p@ss:w0rd»@db/app"',
    'mongodb+srv://app:«s3cr3t»@cluster0.example.mongodb.net/test',
    'MYSQL://root:«s3cr3t»@127.0.0.1',
    'rediss://:«s3cr3t»@cache:6380/0',
    'amqp://guest:«guest»@mq:5672/%2f',
    'redis://:«one»@a:6379,redis://:«two»@b:6379',
    'jdbc:mysql://app:«s3cr3t»@db/app',
    'cache:6379,password=«s3cr3t»,ssl=True',
    'sqlserver://sa:«s3cr3t»@db?database=app',
  ],
  'http-bearer': [
    `> Authorization: Bearer «${letters('alnum', 10)}»`,
    `-H "authorization: bearer «${letters('base64', 24)}=»"`,
    `{"Authorization":"Bearer «${letters('alnum', 40)}»"}`,
    `Authorization:[Bearer «${letters('base64url', 40)}»]`,
    `Authorization:[Bearer «${letters('alnum', 10)}»]`,
    `Authorization: Bearer «ab+7/~c=»`,
    `Authorization: Bearer «${'a'.repeat(500)}7${'b'.repeat(20)}»`,
    `got Bearer «${letters('alnum', 20)}», retrying`,
    `Bearer «${JWT}»`,
  ],
  jwt: [
    `token=«${JWT}»`,
    `"id_token":"«${JWT}»"`,
    `«${JWE}»`,
    `«${Buffer.from('{ "alg": "HS256" }').toString('base64url')}.${json({ sub: 'ana' })}.${letters('base64url', 43)}»`,
    `«${Buffer.from('{\n "alg": "HS256"}').toString('base64url')}.${json({ sub: 'ana' })}.${letters('base64url', 43)}»`,
    `«${json({ alg: 'HS256' })}.${Buffer.from('{\n "sub": "ana"}').toString('base64url')}.${letters('base64url', 43)}»`,
    // encrypted with a key that both sides have: no key in it
    `«${json({ alg: 'dir', enc: 'A256GCM' })}..${letters('base64url', 16)}.${letters('base64url', 90)}.${letters('base64url', 22)}»`,
  ],
  'npm-author': [
    `NPM_TOKEN=«${NPM}»`,
    `//registry.npmjs.org/:_authToken=«${NPM}»`,
    `//npm.example.com/:_authToken=«${UUID}»`,
    `_authToken = "«${UUID}»"`,
  ],
  'nuget-api-key': [`dotnet nuget push app.nupkg -k «oy${'2'}${letters('lower', 43)}» -s nuget.org`],
  'github-installation-v1': [`token v${'1'}.${letters('hex', 40)}`, `"v${'1'}.${letters('hex', 40)}"`].map(
    (text) => text.replace(/v1\.[0-9a-f]+/, '«$&»'),
  ),
  'github-v2': [
    ...['p', 'o', 'u', 's', 'r'].map((kind) => `GITHUB_TOKEN=«gh${kind}_${letters('alnum', 36)}»`),
    `https://x-access-token:«gh${'s'}_${letters('alnum', 36)}»@github.com/a/b`,
    `«gh${'r'}_${letters('alnum', 76)}»`,
    `token «gh${'s'}_12345_${JWT}»`,
    `{"log":"the token is:\\n«gh${'p'}_${letters('alnum', 36)}»\\r\\n"}`,
  ],
  'github-pat-v2': [
    `GH_TOKEN=«github${'_pat_'}${letters('alnum', 22)}_${letters('alnum', 59)}»`,
    `GH_TOKEN=«github${'_pat_'}${letters('alnum', 22)}_${letters('alnum', 80)}»`,
  ],
};

const cut = (token: string, by = 1) => token.slice(0, -by);

/** Nearly tokens, and what they are taken for: nothing of them is masked. */
export const NEARLY: Readonly<Record<string, readonly string[]>> = {
  'azure-key': [
    // one short, one long, another alphabet, the signature elsewhere, another end
    signed32('+ASb').slice(1),
    `A${signed32('+ASb')}`,
    signed32('+ASb').replace('=', ''),
    `${signed32('+ASb')}=`,
    signed32('+ASb').replace('+ASbB', '+ASbQ'),
    `${b64(32)}.+ASbB${b64(5)}=`,
    `${b64(75)}+ASt${b64(6)}w==`,
    `${b64(76)}+ASt${b64(5)}x==`,
    `${letters('alnum', 51)}JQQJ99BC${letters('alnum', 24)}`,
    `sha512-${b64(86)}==`,
    `sha256-${b64(43)}=`,
    `"integrity": "sha512-${b64(86)}==",`,
    `AccountKey=${b64(85)}==`,
    `AccountKey=${b64(87)}=`,
    `AccountKey: ${UUID}`,
    'SharedAccessKeyName=RootManageSharedAccessKey',
    'AccountKey=$(STORAGE_KEY);',
  ],
  'azure-ad-client-secret': [
    `abc8Q~${letters('alnum', 30)}`,
    `abc8Q~${letters('alnum', 35)}`,
    `zabc8Q~${letters('alnum', 34)}`,
    `abc9Q~${letters('alnum', 34)}`,
    `abc8Q~${letters('alnum', 20)} ${letters('alnum', 14)}`,
  ],
  'azure-cache-key': [signed32('AzCb'), signed32('AzCa').slice(1), `x${signed32('AzCa')}`, signed32('azca')],
  'azure-registry-key': [`${b64(41)}+ACRC${b64(5)}`, `${b64(42)}+ACRE${b64(5)}`, `${b64(42)}+ACRC${b64(6)}`],
  'azure-function-key': [
    `${letters('base64url', 43)}AzFu${letters('base64url', 5)}Q==`,
    `${letters('base64url', 44)}AzFu${letters('base64url', 5)}Q=`,
    `${letters('base64url', 44)}AzFu${letters('base64url', 5)}R==`,
  ],
  'azure-search-key': [
    `${letters('alnum', 42)}AzSeE${letters('alnum', 5)}`,
    `${b64(41)}+AzSeC${letters('alnum', 5)}`,
  ],
  'database-connection-string': [
    'postgres://db:5432/app',
    'postgres://app@db:5432/app',
    'postgres://app:***@db/app',
    'postgres://app:xxxxx@db/app',
    'postgres://app:%s@db/app',
    // more of them than a mask of ours has
    'postgres://app:*****@db/app',
    'postgres://app:${DB_PASSWORD}@db/app',
    'postgres://app:<password>@db/app',
    'https://user:name@example.com/',
    'redis://cache:6379/0 by ana@example.com',
    'redis://cache:6379/0@1',
    'mypostgres://app:pw@db',
    'Password=hunter2',
    'password=x;echo done',
    'Server=db;Password',
    'Server=;Password= (0.1s)',
    'Server=db;Passwords=x',
    'Server=db;Password=***;',
    'Server=db;Password=<password>',
    'Server=db;Password=…;',
    'Server=db\nPassword=x',
    'User ID=sa;Database=app',
    'the password = forgotten; the server = down',
    'if (user==null;password==null)',
    'GET /login?password=x',
  ],
  'http-bearer': [
    'WWW-Authenticate: Bearer realm="https://auth.docker.io/token",service="registry.docker.io"',
    'Authorization: Bearer <masked>',
    'Authorization: Bearer ***',
    'Authorization: Bearer authentication',
    'Authorization: Bearer token2',
    'Bearer token authentication is required',
    'Bearer authentication-is-not-supported-here',
    `Bearer ${letters('alnum', 19)}`,
    `Forbearer ${letters('alnum', 40)}`,
    `Bearer${letters('alnum', 40)}`,
    'Bearer error="invalid_token", error_description="expired 2026-11-23T00:51:05Z"',
  ],
  jwt: [
    json({ alg: 'RS256', typ: 'JWT' }),
    `${json({ alg: 'RS256' })}.`,
    `${json({ alg: 'RS256' })}.${json({ sub: 'a' })}`,
    `x${JWT}`,
    `${json({ alg: 'RS256' })}…${json({ sub: 'ana', name: 'Ana Example' })}`,
    `data:application/json;base64,${json({ version: 3, sources: ['a.ts', 'b.ts'], mappings: 'AAAA' })}`,
    'eyJhbGciOi.tar.gz',
  ],
  'npm-author': [
    cut(NPM),
    `${NPM}x`,
    `x${NPM}`,
    'npm_config_registry=https://registry.npmjs.org/',
    'npm_lifecycle_event_of_a_very_long_name_indeed',
    '//registry.npmjs.org/:_authToken=${NPM_TOKEN}',
    '//registry.npmjs.org/:_authToken=***',
    '_authToken=(protected)',
  ],
  'nuget-api-key': [
    `oy2${letters('lower', 42)}`,
    `oy2${letters('lower', 44)}`,
    `boy2${letters('lower', 43)}`,
    `b-oy2${letters('lower', 43)}`,
    `oy2${letters('lower', 42)}A`,
    `OY2${letters('lower', 43)}`,
  ],
  'github-installation-v1': [
    `v1.${letters('hex', 39)}`,
    `v1.${letters('hex', 41)}`,
    `v1.${letters('hex', 40).toUpperCase()}`,
    `img:v1.${letters('hex', 40)}`,
    `app/v1.${letters('hex', 40)}`,
    `actions/checkout@v1.${letters('hex', 40)}`,
    `app-v1.${letters('hex', 40)}`,
    `v1.1.${letters('hex', 40)}`,
    'v1.34.1-rc.0+d3b0e9f1c2a3b4c5d6e7f8091a2b3c4d5e6f7081',
  ],
  'github-v2': [
    `ghp_${letters('alnum', 35)}`,
    `ghx_${letters('alnum', 36)}`,
    `xghp_${letters('alnum', 36)}`,
    `ghp_${letters('alnum', 36)}_`,
    `ghp_${letters('alnum', 252)}`,
    'ghs_this.is.a.dotted.name.without.any.digits.in.it',
    'ghcr.io/example/app:1.2.3',
    `\\aghp_${letters('alnum', 36)}`,
    `nghp_${letters('alnum', 36)}`,
  ],
  'github-pat-v2': [
    `github_pat_${letters('alnum', 21)}_${letters('alnum', 59)}`,
    `github_pat_${letters('alnum', 22)}_${letters('alnum', 58)}`,
    `github_pat_${letters('alnum', 82)}`,
    `my_github_pat_${letters('alnum', 22)}_${letters('alnum', 59)}`,
  ],
};

/** What logs are full of. */
export const HARMLESS: readonly string[] = [
  UUID,
  letters('hex', 40),
  `sha256:${letters('hex', 64)}`,
  `registry.example.com/app@sha256:${letters('hex', 64)}`,
  `resolved "https://registry.yarnpkg.com/x/-/x-1.0.0.tgz#${letters('hex', 40)}"`,
  `integrity sha512-${b64(86)}==`,
  `h1:${b64(43)}=`,
  `SHA256:${b64(43)}`,
  `data:image/png;base64,iVBORw0KGgo${b64(4000)}AzCa+ACR+ASt${b64(4000)}==`,
  `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${b64(43)} ana@example.com`,
  'web-7d4b9c6f5d-x2x8k',
  'pod/web-7d4b9c6f5d-x2x8k.17a3b2c1d0e9f8a7',
  '1.2.3-beta.4+build.5',
  'v1.34.1',
  '2026-11-23T00:51:05.123456789Z',
  '550e8400e29b41d4a716446655440000',
  'arn:aws:iam::123456789012:role/web',
  'projects/p/secrets/s/versions/1',
];

export const unmarked = (text: string) => text.replaceAll(/[«»]/g, '');
export const masked = (text: string) => text.replaceAll(/«[^»]*»/g, '***');
