/** Oracle: when all is right, nothing more is written, and nothing is left to do. */
import { isChange, labelOf } from '../trace.ts';
import type { Oracle } from './oracle.ts';

export const silence: Oracle = ({ seen, times, delayed }) => {
  const late = seen.filter((request) => isChange(request) && request.at > times.settled);
  const waiting = delayed.now - delayed.clean;
  return [
    ...late.map((request) => `${labelOf(request)} was written although all was right`),
    ...(waiting > 0 ? [`${waiting} keys more than in the clean run still wait for a time`] : []),
  ];
};
