import { spawn } from 'node:child_process';

export interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** What to do when it fails. */
  readonly help: string;
}

export interface StepResult {
  readonly step: Step;
  readonly ok: boolean;
  readonly seconds: number;
}

/** Runs one command; its output is shown as it comes when `live`, otherwise only when it fails. */
export async function runStep(step: Step, live: boolean): Promise<StepResult> {
  const started = performance.now();
  const [program = '', ...args] = step.command;
  const child = spawn(program, args, { stdio: live ? 'inherit' : ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const result = { step, ok: code === 0, seconds: (performance.now() - started) / 1000 };
  console.log(`${result.ok ? '✓' : '✗'} ${step.name} (${result.seconds.toFixed(1)} s)`);
  if (!result.ok) console.log(`${live ? '' : output}\n  ${step.name} failed: ${step.help}`);
  return result;
}
