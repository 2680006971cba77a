/** Owns: doing the same for many names at once (spec row GX44). Used by: secret-set.ts. */
import { isKubeError } from '../kube/kube-error.ts';
import { EXIT, ExitError, UsageError } from './usage-error.ts';

/** The API server has others to serve, and the operator stores values of one scope one after the other. */
const AT_ONCE = 8;

/** What failed; the others are done. */
export async function inParallel<T extends { readonly name: string }>(
  items: readonly T[],
  act: (item: T) => Promise<void>,
): Promise<ExitError[]> {
  const failures = new Map<T, ExitError>();
  const rest = [...items];
  const work = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) {
      try {
        await act(item);
      } catch (error) {
        failures.set(item, failureOf(`failed to set secret "${item.name}"`, error));
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, work));
  return items.map((item) => failures.get(item)).filter((failure) => failure !== undefined);
}

/** Said of one thing that failed; faults of the program are thrown as they are. */
export function failureOf(what: string, error: unknown): ExitError {
  const told = (code: ExitError['code'], message: string) => new ExitError(code, `${what}: ${message}`);
  if (error instanceof ExitError)
    return error.message.startsWith(what) ? error : told(error.code, error.message);
  if (error instanceof UsageError) return told(EXIT.usage, error.message);
  if (isKubeError(error, 'aborted') || (error instanceof Error && error.name === 'AbortError'))
    return told(EXIT.interrupted, 'interrupted; what was sent stays, and is carried out all the same');
  if (!isKubeError(error)) throw error;
  const said = error.serverMessage === undefined ? '' : `: ${error.serverMessage}`;
  const away = isKubeError(error, 'network', 'timeout', 'credentials');
  return told(away ? EXIT.unreachable : EXIT.failed, `${error.message}${said}`);
}
