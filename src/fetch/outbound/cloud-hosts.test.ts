import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { awsHosts, azureHosts, googleHosts } from './cloud-hosts.ts';
import { isDnsName } from './reachable.ts';

describe('hosts of the clouds', () => {
  it.each([
    ['eu-west-1', 'aws', 'amazonaws.com'],
    ['ap-southeast-7', 'aws', 'amazonaws.com'],
    ['cn-northwest-1', 'aws-cn', 'amazonaws.com.cn'],
    ['us-gov-east-1', 'aws-us-gov', 'amazonaws.com'],
  ])('AWS in %s', (region, partition, domain) => {
    expect(awsHosts(region)).toEqual({
      kind: 'hosts',
      hosts: {
        partition,
        secretsManager: `secretsmanager.${region}.${domain}`,
        sts: `sts.${region}.${domain}`,
        sqs: `sqs.${region}.${domain}`,
      },
    });
  });

  it('Google, everywhere or in one location', () => {
    const others = {
      sts: 'sts.googleapis.com',
      iamCredentials: 'iamcredentials.googleapis.com',
      oauth2: 'oauth2.googleapis.com',
      pubsub: 'pubsub.googleapis.com',
    };
    expect(googleHosts()).toEqual({
      kind: 'hosts',
      hosts: { secretManager: 'secretmanager.googleapis.com', ...others },
    });
    expect(googleHosts('northamerica-northeast1')).toMatchObject({
      hosts: { secretManager: 'secretmanager.northamerica-northeast1.rep.googleapis.com', ...others },
    });
  });

  it.each([
    [undefined, 'acme.vault.azure.net', 'login.microsoftonline.com'],
    ['AzureChina', 'acme.vault.azure.cn', 'login.chinacloudapi.cn'],
    ['AzureUSGovernment', 'acme.vault.usgovcloudapi.net', 'login.microsoftonline.us'],
  ])('Azure in %s', (cloud, vault, authority) => {
    expect(azureHosts({ vault: 'Acme', ...(cloud !== undefined && { cloud }) })).toEqual({
      kind: 'hosts',
      hosts: { vault, authority },
    });
  });

  it.each([
    'evil.com/',
    'eu-west-1.evil.com',
    'eu-west-1#',
    'eu-west-1\n',
    'EU-WEST-1',
    'us-iso-east-1',
    'eusc-de-east-1',
    'eu-west-1@evil',
    '',
    '..',
    'eu-west-10',
    '169.254.169.254',
    undefined,
    null,
    7,
    ['eu-west-1'],
    {},
  ])('THREATS 4: %j is no region of AWS', (region) => {
    expect(awsHosts(region)).toMatchObject({ kind: 'invalid', violations: [{ field: 'region' }] });
  });

  it.each([
    '',
    'us',
    'europe-west3.evil',
    'europe-west3\n',
    'EUROPE-WEST3',
    'europe-west3/',
    'a-b1',
    null,
    3,
  ])('THREATS 4: %j is no location of Google', (location) => {
    expect(googleHosts(location)).toMatchObject({ kind: 'invalid', violations: [{ field: 'location' }] });
  });

  it.each([
    ['ab', ['3 to 24 characters']],
    ['a'.repeat(25), ['3 to 24 characters']],
    ['acme.evil', ['letters, digits and hyphens']],
    ['acme\n', ['letters, digits and hyphens', 'ends with a letter or digit']],
    ['1acme', ['begins with a letter']],
    ['acme-', ['ends with a letter or digit']],
    ['ac--me', ['no two hyphens in a row']],
    [
      '-ā--',
      [
        'letters, digits and hyphens',
        'begins with a letter',
        'ends with a letter or digit',
        'no two hyphens in a row',
      ],
    ],
    [undefined, ['3 to 24 characters', 'begins with a letter', 'ends with a letter or digit']],
  ])('vault %j breaks every rule that it breaks', (vault, rules) => {
    expect(azureHosts({ vault })).toEqual({
      kind: 'invalid',
      violations: rules.map((rule) => ({ field: 'vault', rule })),
    });
  });

  it.each(['evil.com', 'azurepublic', 'constructor', '__proto__', 1])(
    'THREATS 3: %j is no cloud of Azure',
    (cloud) => {
      expect(azureHosts({ vault: 'x!', cloud })).toMatchObject({
        violations: [{ field: 'vault' }, { field: 'vault' }, { field: 'vault' }, { field: 'cloud' }],
      });
    },
  );

  it('THREATS 4: no text leads anywhere else', () => {
    const part = fc.oneof(
      fc.string(),
      fc.stringMatching(/^[a-z]{2,3}-[a-z]{4,9}-?[0-9]$/),
      fc.stringMatching(/^[A-Za-z0-9.-]{3,24}$/),
    );
    const DOMAINS =
      /\.(amazonaws\.com(\.cn)?|googleapis\.com|vault\.azure\.(net|cn)|vault\.usgovcloudapi\.net|microsoftonline\.(com|us)|chinacloudapi\.cn)$/;
    fc.assert(
      fc.property(part, (text) => {
        for (const answer of [awsHosts(text), googleHosts(text), azureHosts({ vault: text })]) {
          if (answer.kind === 'invalid') continue;
          const { partition: _, ...hosts } = { partition: '', ...answer.hosts };
          for (const host of Object.values(hosts)) {
            expect(host).toMatch(DOMAINS);
            expect(isDnsName(host)).toBe(true);
            expect(new URL(`https://${host}/`).hostname).toBe(host);
          }
        }
      }),
    );
  });
});
