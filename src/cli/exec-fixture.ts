/** For tests: `secretscope exec` and `mask` as processes of their own, at pipes and at a real terminal, with a mounted Secret. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const MAIN = resolve('src/main.ts');

/** A folder as the kubelet makes it. */
export class Mount implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'secretscope-mount-'));

  constructor(keys: Readonly<Record<string, string | Buffer>>) {
    mkdirSync(join(this.folder, '..2026_11_22'));
    symlinkSync('..2026_11_22', join(this.folder, '..data'));
    for (const [key, value] of Object.entries(keys)) {
      writeFileSync(join(this.folder, '..data', key), value);
      symlinkSync(join('..data', key), join(this.folder, key));
    }
  }

  /** `exec` with all that is mounted. */
  exec(...command: string[]): string[] {
    return ['exec', '--quiet', '--from-dir', this.folder, '--', ...command];
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly bytes: Buffer;
  readonly out: string;
  readonly err: string;
}

export class Program {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  readonly #out: Buffer[] = [];
  #err = '';

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.child = spawn(command, args, { env: { ...process.env, ...env }, stdio: 'pipe' });
    this.child.stdout.on('data', (chunk: Buffer) => void this.#out.push(chunk));
    this.child.stderr.on('data', (chunk: Buffer) => {
      this.#err += chunk.toString();
    });
    // whoever ends early does not read what it is given
    this.child.stdin.on('error', () => undefined);
    this.ended = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', (code, signal) => {
        const bytes = Buffer.concat(this.#out);
        resolve({ code, signal, bytes, out: bytes.toString(), err: this.#err });
      });
    });
  }

  get out(): string {
    return Buffer.concat(this.#out).toString();
  }

  get err(): string {
    return this.#err;
  }
}

/** Not ended yet; its input is open. */
export function begin(args: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
  return new Program(process.execPath, [MAIN, ...args], env);
}

export function secretscope(
  args: readonly string[],
  input: string | Buffer = '',
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const program = begin(args, env);
  program.child.stdin.end(input);
  return program.ended;
}

/** Through a shell, where `$SECRETSCOPE` is the program. */
export function shell(line: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const program = new Program('bash', ['-c', line], { ...env, SECRETSCOPE: `${process.execPath} ${MAIN}` });
  program.child.stdin.end();
  return program.ended;
}

// a shell with job control in front of a terminal of 33 rows and 77 columns; each line of its input is a step:
// [text to wait for, keys to type, rows, columns]
const TERMINAL = `
import fcntl, json, os, pty, select, signal, struct, sys, termios
steps, argv = json.loads(sys.argv[1]), sys.argv[2:]
def size(fd, rows, columns): fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
master, slave = pty.openpty()
size(master, 33, 77)
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd in (0, 1, 2): os.dup2(slave, fd)
    os.closerange(3, 64)
    os.execvp(argv[0], argv)
before = termios.tcgetattr(slave)
seen, ended, status = b'', False, 0
while True:
    ready, _, _ = select.select([master], [], [], 0.1)
    if ready:
        data = os.read(master, 65536)
        seen += data
        os.write(1, data)
        while steps and steps[0][0].encode() in seen:
            text, keys, rows, columns = steps.pop(0)
            seen = seen.split(text.encode(), 1)[1]
            if rows: size(master, rows, columns)
            if keys: os.write(master, keys.encode())
    elif ended: break
    if not ended:
        done, status = os.waitpid(pid, os.WNOHANG)
        ended = done != 0
after = termios.tcgetattr(slave)
sys.stderr.write('' if before == after else 'the terminal is not as it was\\n')
sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
`;

export interface Step {
  readonly after: string;
  readonly keys?: string;
  /** Rows and columns from then on. */
  readonly size?: readonly [number, number];
}

/** The program of a terminal of 33 rows and 77 columns; `out` is what its screen gets, `err` whether it was left in another state. */
export async function atTerminal(
  argv: readonly string[],
  steps: readonly Step[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const told = steps.map(({ after, keys = '', size = [0, 0] }) => [after, keys, ...size]);
  const program = new Program('python3', ['-c', TERMINAL, JSON.stringify(told), ...argv], env);
  program.child.stdin.end();
  const ended = await program.ended;
  // what is written once the terminal is as it was begins its lines once more
  return { ...ended, out: ended.out.replaceAll('\r\r\n', '\r\n') };
}

export const atTerminalOf = (
  args: readonly string[],
  steps: readonly Step[] = [],
  env: NodeJS.ProcessEnv = {},
) => atTerminal([process.execPath, MAIN, ...args], steps, env);
