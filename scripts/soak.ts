/**
 * `npm run soak -- --minutes 60`: one operator with rotations and faults all the time, on a real API server, and whether
 * its memory, handles and event-loop delay stay flat. The last line says it; 1 when they do not.
 */
import { Command, InvalidArgumentError } from 'commander';
import { soak } from '../test/soak/soak.ts';

function minutesFrom(text: string): number {
  const minutes = Number(text);
  if (!(minutes >= 1 && minutes <= 10_080)) throw new InvalidArgumentError('minutes from 1 to 10080, please');
  return minutes;
}

const program = new Command('soak').option('--minutes <count>', 'for how long', minutesFrom, 60).parse();
const { minutes } = program.opts<{ readonly minutes: number }>();
const isFlat = await soak({ minutes, say: (line) => console.log(line) });
console.log(isFlat ? 'everything stayed flat' : 'something grows');
process.exitCode = isFlat ? 0 : 1;
