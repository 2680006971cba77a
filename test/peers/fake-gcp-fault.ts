/** How the fake says no, in the codes of gRPC. Part of fake-gcp.ts. */
import { grpc } from 'google-gax';

export interface FakeGcpFault {
  readonly code: number;
  readonly details?: string;
  /** as google.rpc.RetryInfo */
  readonly retryAfterMs?: number;
  /** how many calls it spoils; every one without */
  readonly times?: number;
}

export class Refused extends Error {
  readonly fault: FakeGcpFault;

  constructor(code: number, details: string) {
    super(details);
    this.fault = { code, details };
  }
}

export function invalid(details: string): Refused {
  return new Refused(grpc.status.INVALID_ARGUMENT, details);
}

/** The part of a permission behind `secretmanager.`, such as `versions.get`. */
export function denied(permission: string): Refused {
  return new Refused(grpc.status.PERMISSION_DENIED, `Permission 'secretmanager.${permission}' denied`);
}
