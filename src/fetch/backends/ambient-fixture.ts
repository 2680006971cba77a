/** For tests of the operator's own identity: a process whose environment they decide on, and a metadata service. */
import { execFile } from 'node:child_process';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const run = promisify(execFile);

// what was loaded is noted from here on, so a program imports with await; `told` prints what it found out
const PREAMBLE = `
  import { registerHooks } from 'node:module';
  import { inspect } from 'node:util';
  const loaded = [];
  registerHooks({ resolve(name, context, next) { loaded.push(name); return next(name, context); } });
  const text = (value) => value?.reveal().toString();
  const failure = (error) => ({ answer: error.answer, shown: inspect(error, { depth: 9, showHidden: true }) });
  const told = (found) => process.stdout.write(JSON.stringify(found));
`;

/** What a program tells, run in this checkout with nothing but this environment. */
export async function inProcess<T>(program: string, env: NodeJS.ProcessEnv = {}): Promise<T> {
  const args = ['--input-type=module', '-e', PREAMBLE + program];
  const { stdout, stderr } = await run(process.execPath, args, { env, timeout: 60_000 });
  if (stderr !== '') throw new Error(`it wrote to stderr: ${stderr}`);
  return JSON.parse(stdout) as T;
}

/** Answers everything with what `answer` makes of it; `asked` are the paths. */
export async function metadataService(
  answer: (request: IncomingMessage) => object,
): Promise<{ readonly url: string; readonly host: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const head = { 'content-type': 'application/json', 'metadata-flavor': 'Google' };
    response.writeHead(200, head).end(JSON.stringify(answer(request)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: `http://${host}`, host, asked };
}
