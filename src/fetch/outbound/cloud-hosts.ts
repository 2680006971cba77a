/**
 * The hosts of each cloud, built from parts that are checked here again, whatever a schema said before. Called where a
 * backend gets its client; pure. A part that does not fit is refused, never escaped or cut, and all that do not fit are
 * named at once. A host that comes out of here contains nothing but the patterns below.
 */

export interface HostViolation {
  readonly field: string;
  readonly rule: string;
}

export type CloudHosts<Hosts> =
  | { readonly kind: 'hosts'; readonly hosts: Hosts }
  | { readonly kind: 'invalid'; readonly violations: readonly HostViolation[] };

export type AwsPartition = 'aws' | 'aws-cn' | 'aws-us-gov';

export interface AwsHosts {
  readonly partition: AwsPartition;
  readonly secretsManager: string;
  readonly sts: string;
  /** of the queue that events are read from */
  readonly sqs: string;
}

export interface GoogleHosts {
  readonly secretManager: string;
  readonly sts: string;
  readonly iamCredentials: string;
  readonly oauth2: string;
  /** of the subscription that events are read from; one for all locations */
  readonly pubsub: string;
}

export interface AzureHosts {
  readonly vault: string;
  readonly authority: string;
}

/** What stands in a backend; `unknown` as it may have come past a schema. */
export interface AzureParts {
  readonly vault: unknown;
  /** default: the public cloud */
  readonly cloud?: unknown;
}

interface Rule {
  readonly field: string;
  readonly rule: string;
  readonly holds: boolean;
}

const COMPASS = '(?:north|south|east|west|central|northeast|northwest|southeast|southwest)';
// the isolated and sovereign partitions have other domains and are not offered
const AWS_PARTITIONS: readonly {
  readonly partition: AwsPartition;
  readonly region: RegExp;
  readonly domain: string;
}[] = [
  { partition: 'aws-cn', region: new RegExp(`^cn-${COMPASS}-[1-9]$`), domain: 'amazonaws.com.cn' },
  { partition: 'aws-us-gov', region: new RegExp(`^us-gov-${COMPASS}-[1-9]$`), domain: 'amazonaws.com' },
  { partition: 'aws', region: new RegExp(`^[a-z]{2}-${COMPASS}-[1-9]$`), domain: 'amazonaws.com' },
];

const GOOGLE_LOCATION = new RegExp(`^[a-z]{2,12}-${COMPASS}[1-9][0-9]?$`);

const AZURE_CLOUDS = {
  AzurePublic: { vaults: 'vault.azure.net', authority: 'login.microsoftonline.com' },
  AzureChina: { vaults: 'vault.azure.cn', authority: 'login.chinacloudapi.cn' },
  AzureUSGovernment: { vaults: 'vault.usgovcloudapi.net', authority: 'login.microsoftonline.us' },
} as const;
export type AzureCloud = keyof typeof AZURE_CLOUDS;

export function awsHosts(region: unknown): CloudHosts<AwsHosts> {
  const text = typeof region === 'string' ? region : '';
  const found = AWS_PARTITIONS.find((one) => one.region.test(text));
  if (found === undefined)
    return invalid('region', 'a region of AWS, AWS China or AWS GovCloud, like eu-west-1');
  const { partition, domain } = found;
  const hosts = {
    secretsManager: `secretsmanager.${text}.${domain}`,
    sts: `sts.${text}.${domain}`,
    sqs: `sqs.${text}.${domain}`,
  };
  return { kind: 'hosts', hosts: { partition, ...hosts } };
}

/** Without a location: the global service. */
export function googleHosts(location?: unknown): CloudHosts<GoogleHosts> {
  if (location !== undefined && (typeof location !== 'string' || !GOOGLE_LOCATION.test(location)))
    return invalid('location', 'a region of Google Cloud, like europe-west3');
  return {
    kind: 'hosts',
    hosts: {
      secretManager:
        location === undefined
          ? 'secretmanager.googleapis.com'
          : `secretmanager.${location}.rep.googleapis.com`,
      sts: 'sts.googleapis.com',
      iamCredentials: 'iamcredentials.googleapis.com',
      oauth2: 'oauth2.googleapis.com',
      pubsub: 'pubsub.googleapis.com',
    },
  };
}

export function azureHosts({ vault, cloud = 'AzurePublic' }: AzureParts): CloudHosts<AzureHosts> {
  const violations = [...vaultViolations(vault), ...cloudViolations(cloud)];
  if (violations.length > 0 || typeof vault !== 'string' || !isAzureCloud(cloud))
    return { kind: 'invalid', violations };
  const { vaults, authority } = AZURE_CLOUDS[cloud];
  // Azure takes vault names in any case; hosts are compared in lower case
  return { kind: 'hosts', hosts: { vault: `${vault.toLowerCase()}.${vaults}`, authority } };
}

function vaultViolations(vault: unknown): HostViolation[] {
  const text = typeof vault === 'string' ? vault : '';
  return broken([
    { field: 'vault', rule: '3 to 24 characters', holds: text.length >= 3 && text.length <= 24 },
    { field: 'vault', rule: 'letters, digits and hyphens', holds: /^[A-Za-z0-9-]*$/.test(text) },
    { field: 'vault', rule: 'begins with a letter', holds: /^[A-Za-z]/.test(text) },
    { field: 'vault', rule: 'ends with a letter or digit', holds: /[A-Za-z0-9]$/.test(text) },
    { field: 'vault', rule: 'no two hyphens in a row', holds: !text.includes('--') },
  ]);
}

function cloudViolations(cloud: unknown): HostViolation[] {
  const rule = `one of ${Object.keys(AZURE_CLOUDS).join(', ')}`;
  return broken([{ field: 'cloud', rule, holds: isAzureCloud(cloud) }]);
}

function isAzureCloud(cloud: unknown): cloud is AzureCloud {
  return typeof cloud === 'string' && Object.hasOwn(AZURE_CLOUDS, cloud);
}

function broken(rules: readonly Rule[]): HostViolation[] {
  return rules.filter(({ holds }) => !holds).map(({ field, rule }) => ({ field, rule }));
}

function invalid(field: string, rule: string): CloudHosts<never> {
  return { kind: 'invalid', violations: [{ field, rule }] };
}
