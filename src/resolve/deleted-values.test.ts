import { describe, expect, it } from 'vitest';
import type { NameAnswer } from '../model/plan.ts';
import { aWorld, type World } from './a-world.fixture.ts';
import { answerOf, resolve } from './resolve.ts';

function resolved(world: World) {
  const resolution = resolve(world.facts());
  if (resolution.kind !== 'resolved') throw new Error('the scope was refused');
  return resolution;
}

const answer = (world: World, name: string): NameAnswer => answerOf(resolved(world), name);
const reasonOf = (found: NameAnswer): string => (found.kind === 'line' ? 'line' : found.reason);
const suppliers = (world: World, name: string) => [...(resolved(world).offeredBy.get(name) ?? [])];

describe('a name whose value was deleted', () => {
  it('is nobody’s: what was delivered may not stay, and its owner is told', () => {
    const world = aWorld()
      .repo()
      .secret('TOKEN')
      .destroyed(new Set(['TOKEN']));
    expect([answer(world, 'TOKEN').kind, reasonOf(answer(world, 'TOKEN'))]).toEqual([
      'denied',
      'ValueDeleted',
    ]);
    expect(suppliers(world, 'TOKEN')).toEqual([]);
  });

  it('never falls through to a less specific level', () => {
    const world = aWorld()
      .org()
      .secret('TOKEN', { access: { visibility: 'All' } });
    world
      .repo()
      .secret('TOKEN')
      .destroyed(new Set(['TOKEN']));
    expect(reasonOf(answer(world, 'TOKEN'))).toBe('ValueDeleted');
  });

  it('of a level above reads like one that is not there', () => {
    const world = aWorld()
      .org()
      .secret('TOKEN', { access: { visibility: 'All' } });
    world.destroyed(new Set(['TOKEN'])).repo();
    expect(reasonOf(answer(world, 'TOKEN'))).toBe('NotAvailable');
    expect(suppliers(world, 'TOKEN')).toEqual([]);
  });

  it('leaves the others as they are', () => {
    const world = aWorld()
      .repo()
      .secret('TOKEN')
      .secret('OTHER')
      .destroyed(new Set(['TOKEN']));
    expect(answer(world, 'OTHER').kind).toBe('line');
  });
});

describe('while nobody knows which values were deleted', () => {
  it('nothing new is handed out, and what was delivered stays', () => {
    const world = aWorld().repo().secret('TOKEN').destroyed('unknown');
    expect(answer(world, 'TOKEN').kind).toBe('unknown');
    expect(suppliers(world, 'TOKEN')).toHaveLength(1);
  });

  it('of a level above neither', () => {
    const world = aWorld()
      .org()
      .secret('TOKEN', { access: { visibility: 'All' } })
      .destroyed('unknown')
      .repo();
    expect(answer(world, 'TOKEN').kind).toBe('unknown');
    expect(suppliers(world, 'TOKEN')).toHaveLength(1);
  });
});
