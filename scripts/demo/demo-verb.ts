/** Running the real command line in the demo, as whoever a kubeconfig says, and waiting for what comes of it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

export interface Voice {
  readonly step: (text: string) => void;
  readonly say: (text: string) => void;
}

const WITHIN_MS = 30_000;

/** `secretscope ARGS` as that person, with a file as its input if there is one; answers what it printed, and throws where it fails. */
export async function secretscope(
  kubeconfig: string,
  input: number | undefined,
  ...args: string[]
): Promise<string> {
  const { code, shown, trouble } = await ended(kubeconfig, input, args);
  if (code !== 0)
    throw new Error(`secretscope ${args.slice(0, 2).join(' ')} ended with ${code}: ${trouble}${shown}`);
  return shown;
}

/** The same, of what has to fail; answers all that it printed. */
export async function refused(kubeconfig: string, ...args: string[]): Promise<string> {
  const { code, shown, trouble } = await ended(kubeconfig, undefined, args);
  if (code !== 0) return shown + trouble;
  throw new Error(`secretscope ${args.slice(0, 2).join(' ')} should have failed: ${shown}`);
}

async function ended(kubeconfig: string, input: number | undefined, args: readonly string[]) {
  const child = spawn(process.execPath, ['src/main.ts', ...args], {
    stdio: [input ?? 'ignore', 'pipe', 'pipe'],
    env: { ...process.env, KUBECONFIG: kubeconfig },
  });
  let shown = '';
  child.stdout?.on('data', (chunk: Buffer) => (shown += chunk.toString()));
  let trouble = '';
  child.stderr?.on('data', (chunk: Buffer) => (trouble += chunk.toString()));
  const [code]: unknown[] = await once(child, 'close');
  return { code, shown, trouble };
}

export function indented(text: string): string {
  return text.trimEnd().replace(/^/gm, '  ');
}

/** `what` did not happen, if it takes too long. */
export async function until<T>(what: string, attempt: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = performance.now() + WITHIN_MS;
  for (;;) {
    const found = await attempt();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${WITHIN_MS / 1000} s`);
    await pause(25);
  }
}
