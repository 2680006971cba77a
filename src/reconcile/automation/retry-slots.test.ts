import { describe, expect, it } from 'vitest';
import { RetrySlots } from './retry-slots.ts';

describe('deliveries that are tried again', () => {
  it('are two at once in a namespace, and others have their own', () => {
    const slots = new RetrySlots();
    const [first] = [slots.enter('a'), slots.enter('a')];
    expect(slots.enter('a')).toBeUndefined();
    expect(slots.enter('b')).toBeDefined();
    first?.leave();
    expect(slots.enter('a')).toBeDefined();
  });

  it('leave half of all loops to those that were never tried', () => {
    const slots = new RetrySlots();
    const entered = Array.from({ length: 100 }, (_, at) => slots.enter(`namespace-${at}`));
    expect(entered.filter((slot) => slot !== undefined)).toHaveLength(32);
    for (const slot of entered) slot?.leave();
    expect(slots.enter('another')).toBeDefined();
  });
});
