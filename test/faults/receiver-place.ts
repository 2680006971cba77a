/** Owns: how a scenario names its receiver of webhooks, whose port is known only once the lane is open. */
import type { Thing } from '../scenarios-support/person.ts';

/** In texts of things; stands for the endpoint of the lane's own receiver. */
export const RECEIVER = 'https://receiver.invalid';

export function atReceiver(thing: Thing, endpoint: string): Thing {
  return JSON.parse(JSON.stringify(thing).replaceAll(RECEIVER, endpoint)) as Thing;
}
