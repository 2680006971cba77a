/** The details of a refused call as they are sent: google.rpc.Status with a RetryInfo, encoded by protobufjs. */
import { grpc, protobuf } from 'google-gax';

const root = protobuf.Root.fromJSON({
  nested: {
    Duration: { fields: { seconds: { type: 'int64', id: 1 }, nanos: { type: 'int32', id: 2 } } },
    RetryInfo: { fields: { retryDelay: { type: 'Duration', id: 1 } } },
    Any: { fields: { typeUrl: { type: 'string', id: 1 }, value: { type: 'bytes', id: 2 } } },
    Status: {
      fields: {
        code: { type: 'int32', id: 1 },
        message: { type: 'string', id: 2 },
        details: { rule: 'repeated', type: 'Any', id: 3 },
      },
    },
  },
});

export function statusDetails(code: number, retryAfterMs: number | undefined): grpc.Metadata {
  const metadata = new grpc.Metadata();
  if (retryAfterMs === undefined) return metadata;
  metadata.set('grpc-status-details-bin', encodedStatus(code, retryAfterMs));
  return metadata;
}

export function encodedStatus(code: number, retryAfterMs: number): Buffer {
  const retryDelay = { seconds: Math.floor(retryAfterMs / 1000), nanos: (retryAfterMs % 1000) * 1_000_000 };
  const details = [
    // what Google sends besides, and must be skipped
    { typeUrl: 'type.googleapis.com/google.rpc.ErrorInfo', value: Buffer.from('cAnary') },
    { typeUrl: 'type.googleapis.com/google.rpc.RetryInfo', value: encoded('RetryInfo', { retryDelay }) },
  ];
  return Buffer.from(encoded('Status', { code, message: 'Quota exceeded for x', details }));
}

function encoded(type: string, message: object): Uint8Array {
  return root.lookupType(type).encode(message).finish();
}
