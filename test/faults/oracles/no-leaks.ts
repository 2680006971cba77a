/** Oracle: values are in target Secrets and nowhere else, in no form. */
import { findLeaks } from '../../scenarios-support/canaries.ts';
import { valuesOf } from '../fault-scenario.ts';
import type { Oracle } from './oracle.ts';

export const noLeaks: Oracle = ({ scenario, channels }) =>
  findLeaks(valuesOf(scenario), channels).map(({ channel, form }) => `a value shows in ${channel} (${form})`);
