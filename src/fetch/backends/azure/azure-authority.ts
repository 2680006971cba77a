/**
 * Who issues tokens for vaults, in each of Azure's clouds. A closed list: whoever is the authority gets the identity's
 * assertion or secret.
 * https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
 */
export interface AzureAuthority {
  /** `https://host`, without a trailing slash */
  readonly url: string;
  /** what every token is asked for, whatever a vault's challenge says */
  readonly vaultScope: string;
}

const AUTHORITIES: readonly AzureAuthority[] = [
  { url: 'https://login.microsoftonline.com', vaultScope: 'https://vault.azure.net/.default' },
  { url: 'https://login.chinacloudapi.cn', vaultScope: 'https://vault.azure.cn/.default' },
  { url: 'https://login.microsoftonline.us', vaultScope: 'https://vault.usgovcloudapi.net/.default' },
];

/** undefined for any other host, whatever it looks like. */
export function azureAuthority(host: string): AzureAuthority | undefined {
  return AUTHORITIES.find(({ url }) => url === `https://${host}`);
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A tenant's id or a domain of it: nothing that a URL would read as anything but one segment. */
export function isAzureTenant(text: string): boolean {
  return GUID.test(text) || /^[a-zA-Z0-9][a-zA-Z0-9-]*(\.[a-zA-Z0-9][a-zA-Z0-9-]*)+$/.test(text);
}

/** Whether a challenge may mean this tenant. Only ids compare: it may be configured by a domain. */
export function isSameTenant(challenged: string, configured: string): boolean {
  const comparable = GUID.test(challenged) && GUID.test(configured);
  return !comparable || challenged.toLowerCase() === configured.toLowerCase();
}
