/** Owns: the one question that is asked of a person. Used by: review-cast.ts. */
import { createInterface } from 'node:readline';

export interface Prompt {
  /** False: there is nobody to ask. */
  readonly canAsk: boolean;
  /** False for everything but a yes, also when the input ends. */
  agrees(question: string): Promise<boolean>;
}

/** On stderr, since results go to stdout, which may be a file. */
export const terminalPrompt: Prompt = {
  get canAsk() {
    return process.stdin.isTTY === true && process.stderr.isTTY === true;
  },
  agrees: (question) => askOn(process.stdin, process.stderr, question),
};

export async function askOn(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  question: string,
): Promise<boolean> {
  const lines = createInterface({ input, output });
  const answer = await new Promise<string>((resolve) => {
    // an end of input closes without a line, and would leave the question open for ever
    lines.once('line', resolve).once('close', () => resolve(''));
    lines.setPrompt(`${question} [y/N] `);
    lines.prompt();
  });
  lines.close();
  return /^y(es)?$/i.test(answer.trim());
}
