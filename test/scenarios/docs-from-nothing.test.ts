/** The pages of a stranger with an empty machine, followed as they stand: from no cluster to nothing of us left on it. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { FOLLOWED } from '../docs/followed-pages.ts';
import { HAS_KUBECTL, Reader } from '../docs/reader.ts';

let reader: Reader;

beforeAll(async () => {
  if (!HAS_KUBECTL) return;
  reader = await Reader.withNothing();
}, 120_000);

afterAll(() => reader?.leaves(), 60_000);

// a page that was followed cannot be followed again on the same cluster
describe.skipIf(!HAS_KUBECTL)('a reader who begins with nothing', { retry: 0 }, () => {
  it.each(FOLLOWED['docs-from-nothing'])('gets what %s shows', (page) => reader.follows(page), 240_000);
});
