/** Owns: applying deploy/ and crds/ again while somebody edits them. Called by: dev.ts. */
import { watch } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

/** An editor writes several files, and each in several steps. */
const SETTLE_MS = 300;

/** Until `signal` aborts. One at a time, and once more for whatever changed meanwhile; what fails is told, not thrown. */
export async function reapplyOnChange(
  folders: readonly string[],
  apply: () => Promise<void>,
  tell: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let changed = false;
  let running: Promise<void> | undefined;
  const run = async () => {
    while (changed) {
      await pause(SETTLE_MS);
      changed = false;
      await apply().then(
        () => tell('applied again'),
        (error: unknown) => tell(`not applied: ${error instanceof Error ? error.message : String(error)}`),
      );
    }
    running = undefined;
  };
  const follow = async (folder: string) => {
    for await (const _change of watch(folder, { recursive: true, signal })) {
      changed = true;
      running ??= run();
    }
  };
  await Promise.all(folders.map((folder) => follow(folder).catch(unlessAborted)));
  await running;
}

function unlessAborted(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error;
}
