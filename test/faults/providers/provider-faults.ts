/**
 * Owns: everything that can go wrong with a cloud, each as something that lasts until it is ended.
 * Used by: provider-plans.ts. What only HTTP or gRPC can say is said by the stand-in of the cloud; what is below it, by the
 * TCP front before it.
 */
import { refusal } from '../../peers/fake-azure-vault.ts';
import type { StandIn } from '../../peers/stand-in.ts';
import { StandInAws } from '../../peers/stand-in-aws.ts';
import { StandInAzure } from '../../peers/stand-in-azure.ts';
import { StandInGcp } from '../../peers/stand-in-gcp.ts';
import type { TcpFront } from '../proxy/tcp-front.ts';

/** A cloud, and the only way to it. */
export interface FrontedCloud {
  readonly cloud: StandIn;
  readonly front: TcpFront;
}

/** Begins with it; answers what ends it. `key` is what is about to change. */
export type ProviderFault = (fronted: FrontedCloud, key: string) => () => void;

// a call takes milliseconds: whatever is begun meets it
const AGAIN_MS = 100;

// google.rpc.Code
const GRPC = { 500: 13, 503: 14 } as const;

function answers(code: 500 | 503): ProviderFault {
  return ({ cloud }) => {
    if (cloud instanceof StandInAws) {
      const name = code === 500 ? 'InternalServiceError' : 'ServiceUnavailableException';
      cloud.fake.trouble.set('*', { kind: 'error', name, status: code });
      return () => cloud.fake.trouble.delete('*');
    }
    if (cloud instanceof StandInAzure) {
      cloud.fake.trouble = refusal(code, code === 500 ? 'InternalServerError' : 'ServiceUnavailable');
      return () => {
        cloud.fake.trouble = undefined;
      };
    }
    if (!(cloud instanceof StandInGcp)) throw new Error(`nobody knows how ${cloud.cloud} says ${code}`);
    cloud.fake.spoil({ code: GRPC[code] });
    return () => cloud.fake.spoil(undefined);
  };
}

/** An answer that is none of the cloud's: what stands between may say anything. */
const garbage: ProviderFault = ({ cloud, front }) => {
  if (cloud instanceof StandInAws) {
    cloud.fake.trouble.set('*', { kind: 'page', status: 200, body: '{"SecretString":"hal' });
    return () => cloud.fake.trouble.delete('*');
  }
  if (cloud instanceof StandInAzure) {
    cloud.fake.trouble = { status: 200, body: '{"value":"hal' };
    return () => {
      cloud.fake.trouble = undefined;
    };
  }
  // below gRPC there is no half an answer but an end of the connection
  return repeated(() => front.cut());
};

function repeated(act: () => void): () => void {
  act();
  const timer = setInterval(act, AGAIN_MS);
  return () => clearInterval(timer);
}

export const PROVIDER_FAULTS: Readonly<Record<string, ProviderFault>> = {
  throttle: ({ cloud }) => {
    cloud.throttle(true);
    return () => cloud.throttle(false);
  },
  deny: ({ cloud }, key) => {
    cloud.deny(key, true);
    return () => cloud.deny(key, false);
  },
  'answer-500': answers(500),
  'answer-503': answers(503),
  garbage,
  reset: ({ front }) => repeated(() => front.cut()),
  // new connections go silent as soon as they are there; at its end they are cut, as by a firewall that comes back
  hang: ({ front }) => {
    const end = repeated(() => front.silence());
    return () => {
      end();
      front.cut();
    };
  },
  expire: ({ cloud }) => {
    cloud.expire();
    return () => undefined;
  },
};

export async function openCloud(name: StandIn['cloud']): Promise<StandIn> {
  switch (name) {
    case 'aws':
      return StandInAws.open();
    case 'gcp':
      return StandInGcp.open();
    case 'azure':
      return StandInAzure.open();
    default:
      return name satisfies never;
  }
}
