/** The Azure backend against lowkey-vault, which nobody here wrote: the same contract, and what is Azure's own. */
import { inject } from 'vitest';
import { CONTRACT } from '../contract/whole-contract.ts';
import { AZURE_CHECKS } from './azure-checks.ts';
import { AzureGateway } from './azure-gateway.ts';
import { AZURE_SKIPS, gatewaySubject } from './azure-subject.ts';
import { type LowkeyInstall, startLowkey } from './lowkey-vault.ts';
import { peerSuite } from './peer-suite.ts';

/** Trouble is the gateway's: lowkey-vault neither throttles nor denies. */
async function open(install: LowkeyInstall) {
  const lowkey = await startLowkey(install);
  const subject = gatewaySubject(await AzureGateway.open(`localhost:${lowkey.port}`));
  return { subject, address: undefined, stop: lowkey.stop };
}

peerSuite({
  name: 'lowkey-vault',
  provider: 'Azure',
  install: inject('peers')['lowkey-vault'],
  checks: { ...CONTRACT, ...AZURE_CHECKS },
  skips: AZURE_SKIPS,
  // beside these the gateway hides one: for what it does not have, lowkey-vault names an exception of Java
  differences: {
    'calls a disabled secret disabled, neither absent nor denied': {
      reason: 'it answers 404, as if there were none',
      page: 'https://learn.microsoft.com/azure/key-vault/secrets/about-secrets#secret-attributes',
    },
    'takes no token but those of its tenant': {
      reason: 'it takes any token',
      page: 'https://learn.microsoft.com/azure/key-vault/general/authentication-requests-and-responses',
    },
  },
  open,
});
