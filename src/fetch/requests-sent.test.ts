import { describe, expect, it } from 'vitest';
import { RequestsByProvider } from './requests-sent.ts';

const backend = (provider: string, counts: { sent?: number; billed?: number }) => ({
  capabilities: { provider },
  ...(counts.sent !== undefined && { requests: () => counts.sent ?? 0 }),
  ...(counts.billed !== undefined && { billed: () => counts.billed ?? 0 }),
});

describe('requests by provider', () => {
  it('sums the connections of a provider, and keeps each provider apart', () => {
    const sent = new RequestsByProvider();
    sent.opened('a', backend('aws', { sent: 3 }));
    sent.opened('b', backend('aws', { sent: 4 }));
    sent.opened('c', backend('azure', { sent: 1 }));
    expect(sent.sums().get('aws')).toEqual({ billed: 7, free: 0 });
    expect(sent.sums().get('azure')).toEqual({ billed: 1, free: 0 });
  });

  it('tells what is charged for from what is free, where the provider makes a difference', () => {
    const sent = new RequestsByProvider();
    sent.opened('a', backend('gcp', { sent: 10, billed: 7 }));
    expect(sent.sums().get('gcp')).toEqual({ billed: 7, free: 3 });
  });

  it('never counts down: what a closed connection had sent stays', () => {
    const sent = new RequestsByProvider();
    sent.opened('a', backend('aws', { sent: 3 }));
    sent.closed('a');
    sent.closed('a');
    expect(sent.sums().get('aws')).toEqual({ billed: 3, free: 0 });
    sent.opened('a', backend('aws', { sent: 1 }));
    expect(sent.sums().get('aws')).toEqual({ billed: 4, free: 0 });
  });

  it('a provider that counts nothing is charged nothing', () => {
    const sent = new RequestsByProvider();
    sent.opened('a', backend('kubernetes', {}));
    expect(sent.sums().get('kubernetes')).toEqual({ billed: 0, free: 0 });
  });
});
