import type { Mutation } from './mutations.ts';
import { faultsOf } from './mutations-masking-text.ts';

const SCOPE = ['cli/exec-scope'];
const RUN = ['cli/exec-verb'];
const TERMINAL = ['cli/exec-terminal'];
const SIGNALS = ['cli/exec-terminal-signals'];

const EXEC: readonly Mutation[] = [
  ...faultsOf('cli/exec-scope', SCOPE, [
    [
      'exec: a claim that fails is left behind',
      '    } finally {\n      await this.#remove();',
      '    } finally {\n      if (signal.aborted) await this.#remove();',
    ],
    [
      'exec: a claim that somebody leaves is left behind',
      '    } finally {\n      await this.#remove();',
      '    } finally {\n      if (!signal.aborted) await this.#remove();',
    ],
    ['exec: what the network cut off was not made', "'timeout', 'network', 'server'", "'timeout', 'server'"],
    ['exec: what was answered badly was not made', "'aborted', 'badAnswer'", "'aborted'"],
    ['exec: whoever leaves stops the making', 'AbortSignal.timeout(30_000)', 'this.#leaving.signal'],
    [
      'exec: whoever leaves reads all the same',
      'get(SECRETS, this.#place, { signal: this.#leaving.signal })',
      'get(SECRETS, this.#place)',
    ],
    [
      'exec: a refusal is an interruption',
      'this.#leaving.signal.aborted && isInterruption(error) ?',
      'this.#leaving.signal.aborted ?',
    ],
    ['exec: it listens for ever', '      stopListening();\n', ''],
    ['exec: the Secret of another claim will do', 'owner.uid === uid', 'owner.uid !== uid'],
    ['exec: a name that lacks is empty', 'if (lacking.length > 0)', 'if (lacking.length > names.length)'],
    [
      'exec: all that the Secret holds is a variable',
      'new Map(names.map(',
      'new Map(Object.keys(found.data ?? {}).map(',
    ],
    ['exec: claims have one name', "randomBytes(6).toString('hex')", "'0'.repeat(12)"],
    ['exec: a name is claimed twice', '[...new Set([...offered, ...named])]', '[...offered, ...named]'],
    ['exec: names that nobody has are empty', "missing === 'empty' && ", 'missing && '],
    ['exec: a namespace may be a path', '!isNamespace(flags.namespace)', 'flags.namespace.length === 0'],
    ['exec: --timeout is ten minutes', 'timeoutMs: this.#timeoutMs', 'timeoutMs: 600_000'],
    [
      'exec: whoever may not delete gets no values',
      'if (!isKubeError(error)) throw error;\n      if (error.kind',
      'throw error;\n      if (error.kind',
    ],
  ]),
  ...faultsOf('cli/exec-all-names', SCOPE, [
    ['exec: --all has names that loaders obey', '!loaders.includes(name)', 'loaders !== undefined'],
    ['exec: --all has what is denied by now', 'told.filter((name) => !decided.has(name))', 'told'],
    ['exec: --all has nothing of the scope itself', 'new Set([...lines, ...told', 'new Set([...told'],
    ['exec: --all says not where the view ends', 'of viewEnds)', 'of viewEnds.slice(viewEnds.length))'],
  ]),
  ...faultsOf('cli/claim-wait', SCOPE, [
    ['exec: a claim that is gone can be deleted', 'EXIT.ended && !this.#isPassing', 'EXIT.ended'],
  ]),
  ...faultsOf(
    'cli/exec-order',
    ['cli/exec-order'],
    [
      ['exec: the claim is waited for as long as ever', 'timeout: timeout ?? MINUTES', 'timeout: MINUTES'],
      ['exec: folders have a namespace', ' || flags.namespace !== undefined)', ')'],
      ['exec: what is included is added to all', 'all || include.length === 0', 'all || include.length >= 0'],
    ],
  ),
  ...faultsOf(
    'cli/exec-folder',
    ['cli/exec-folder'],
    [
      ['exec: a Secret is read in two versions', "realpath(join(folder, '..data'))", 'realpath(folder)'],
      ['exec: a version that is gone ends it', "codeOf(error) === 'ENOENT' && left > 1", 'left > TRIES'],
      ['exec: folders are keys', 'if (!(await stat(path)).isFile())', "if (path === '')"],
    ],
  ),
  ...faultsOf(
    'cli/exec-folders',
    ['cli/exec-folder'],
    [['exec: capitals come before what was typed', '!found.has(typed) && found', 'found']],
  ),
  ...faultsOf(
    'cli/exec-values',
    ['cli/exec-values'],
    [
      [
        'exec: a NUL byte ends a value',
        'if (bytes.includes(0)) throw',
        'if (bytes.includes(0) && !bytes) throw',
      ],
      ['exec: bytes are text', 'if (Buffer.from(text).equals(bytes)) masker', 'if (bytes.length > 0) masker'],
    ],
  ),
  ...faultsOf(
    'cli/exec-pump',
    ['cli/exec-pump'],
    [
      [
        'exec: only the first piece is shown',
        'second === undefined ? first : Buffer.concat(pieces)',
        'first',
      ],
      ['exec: what a filter held back is lost', 'return [...rest, ...this.#second.end()];', 'return rest;'],
      ['exec: a reader that is slow is not waited for', 'if (isTaken || this', 'if (!isTaken || this'],
      ['exec: time that the reader needs counts', 'if (!this.#from.isPaused()) leftMs', 'leftMs'],
      ['exec: what is left running keeps it', 'if (leftMs <= 0) this.#finish();', ''],
      ['exec: what goes on talking keeps it', 'if (this.#leftBytes < 0) this.#finish();', ''],
      ['exec: a reader that left is an error', "error.code === 'EPIPE' || ", ''],
      [
        'exec: a full disk is a reader that left',
        "error.code === 'EPIPE' || ",
        "error.code === 'ENOSPC' || ",
      ],
    ],
  ),
  ...faultsOf('cli/exec-run', RUN, [
    ['exec: a signal is no exit code', '128 + (signal === null', '0 * (signal === null', 'with 128 and'],
    [
      'exec: no signal of the keyboard is passed',
      '.has(signal) && isInForeground()',
      '.has(signal)',
      'passes SIGINT',
    ],
    [
      'exec: errors go to the output',
      '[readerOf(err, child.stderr), process.stderr]',
      '[readerOf(err, child.stderr), process.stdout]',
      'keeps stdout and stderr apart',
    ],
    ['exec: its own end of a pipe stays open', '  if (pipe) closeWriter(pipe);\n', '', 'ends at once'],
  ]),
  ...faultsOf('cli/exec-run', SIGNALS, [
    [
      'exec: Ctrl-C comes twice',
      '!(OF_TERMINAL.has(signal) && isInForeground())',
      'signal.length > 0',
      'Ctrl-C at pipes',
    ],
  ]),
  ...faultsOf('cli/exec-signals', SIGNALS, [
    ['exec: Ctrl-\\ comes twice', "'SIGINT', 'SIGQUIT', 'SIGWINCH'])", "'SIGINT', 'SIGWINCH'])", 'at pipes'],
    ['exec: a signal before the command is lost', 'else this.#early.push(signal);', '', 'waits for it'],
  ]),
  ...faultsOf('cli/exec-run', TERMINAL, [
    [
      'exec: pipes in the place of a terminal are not told',
      'note(`note: the command gets pipes instead of a terminal, ${',
      'void (`note: the command gets pipes instead of a terminal, ${',
      'too long together',
    ],
  ]),
  ...faultsOf('cli/exec-terminal', TERMINAL, [
    ['exec: SCRIPT is of the command', "? 'unset SCRIPT; ' : ''", "? '' : ''", 'the call of script'],
  ]),
];

/** Wrong rules about running a command with secrets: what it is given, what is shown of it, and what is left behind. */
export const EXEC_MUTATIONS: readonly Mutation[] = EXEC;
