/** Every rule of the contract, for whoever runs them in a frame of its own. */
import type { Checks } from './contract-calls.ts';
import { READING } from './contract-reading.ts';
import { TROUBLE } from './contract-trouble.ts';
import { WRITING } from './contract-writing.ts';

export const CONTRACT: Checks = { ...READING, ...WRITING, ...TROUBLE };
