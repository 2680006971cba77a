/**
 * Owns: running Node in the folder that the image is made of, as a kubelet would: that folder and Node as the whole file
 * system, read-only, without a shell; user 65532, no capability, no way to new ones, none of our environment.
 * Used by: image.test.ts. It stands in for a container engine; what an image's base adds is not in it.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const IMAGE_USER = 65_532;
/** Where a kubelet puts the token, the CA and the namespace. */
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * How much of that this machine lets us do.
 * - `root`: everything, with the rights of root.
 * - `user-namespace`: the same without being root; whoever runs it appears as 65532.
 * - `plain`: no mounts are let, but root may become 65532 and cannot write in a folder of root's.
 */
export type Confinement = 'root' | 'user-namespace' | 'plain';

export interface JailOptions {
  readonly confinement: Confinement;
  /** what `npm run image` made */
  readonly image: string;
  /** folder with `token`, `ca.crt` and `namespace` */
  readonly account: string;
}

/** Tries what is possible, the strictest first; the text says why nothing is. */
export async function confinementHere(): Promise<Confinement | { readonly reason: string }> {
  const asRoot = process.getuid?.() === 0;
  const wanted = asRoot ? 'root' : 'user-namespace';
  const trial = ['sh', '-c', 'mount -t tmpfs none /mnt'];
  try {
    await run('unshare', [...namespacesOf(wanted), ...trial]);
    return wanted;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (asRoot) return 'plain';
    const why = error.message.trim().split('\n').at(-1);
    return { reason: `this user may neither mount nor become another: ${why}; run it as root` };
  }
}

function namespacesOf(confinement: Confinement): string[] {
  const own = ['--mount', '--propagation', 'private'];
  return confinement === 'user-namespace' ? ['--user', '--map-root-user', ...own] : own;
}

/** A root file system with nothing but the image's files, and `node` in the place where the base image has it. */
export class ImageJail {
  readonly #options: JailOptions;
  readonly #place: string;
  readonly #libraries: readonly string[];

  private constructor(options: JailOptions, place: string, libraries: readonly string[]) {
    this.#options = options;
    this.#place = place;
    this.#libraries = libraries;
  }

  static async open(options: JailOptions): Promise<ImageJail> {
    const place = await mkdtemp(join(tmpdir(), 'secretscope-image-root-'));
    return new ImageJail(options, place, await librariesOf(process.execPath));
  }

  /** Where the image's files are, as the process in the jail sees them. */
  get app(): string {
    return this.#options.confinement === 'plain' ? join(this.#options.image, 'app') : '/app';
  }

  /** The child becomes Node: its id, its signals and its output are those of the program. */
  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    const [program = '', ...before] = this.#command(env);
    return spawn(program, [...before, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  }

  async close(): Promise<void> {
    await rm(this.#place, { recursive: true });
  }

  #command(env: Readonly<Record<string, string>>): string[] {
    const { confinement, image, account } = this.#options;
    const settings = Object.entries({ ...IMAGE_ENVIRONMENT, ...env }).map(
      ([key, value]) => `${key}=${value}`,
    );
    const clean = ['env', '-i', ...settings];
    const user = String(IMAGE_USER);
    const inside = '/nodejs/bin/node';
    if (confinement === 'plain') {
      const become = ['--reuid', user, '--regid', user, '--clear-groups', '--bounding-set', '-all'];
      return [...clean, 'setpriv', ...become, '--inh-caps', '-all', '--no-new-privs', process.execPath];
    }
    const set = ['sh', '-c', SET_UP, 'sh', this.#place, image, account, process.execPath];
    const root = ['unshare', ...namespacesOf(confinement), ...set, String(this.#libraries.length)];
    const enter =
      confinement === 'root'
        ? // becoming another user takes every capability away; these three are for getting there
          [
            '--bounding-set',
            '-all,+sys_chroot,+setuid,+setgid',
            'chroot',
            `--userspec=${user}:${user}`,
            '--groups=',
            this.#place,
          ]
        : [
            'unshare',
            '--user',
            `--map-user=${user}`,
            `--map-group=${user}`,
            `--root=${this.#place}`,
            '--wd=/',
          ];
    return [
      ...root,
      ...this.#libraries,
      ...clean,
      'setpriv',
      '--no-new-privs',
      '--inh-caps',
      '-all',
      ...enter,
      inside,
    ];
  }
}

/** What the base image sets. */
const IMAGE_ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/home/nonroot',
};

/** Root, image, account, node, how many libraries, those, and then what is executed. Everything ends up read-only. */
const SET_UP = `set -eu
root=$1 image=$2 account=$3 node=$4 libraries=$5
shift 5
bind() {
  mount --bind "$1" "$2"
  mount -o remount,bind,ro "$2"
}
file() {
  mkdir -p "$(dirname "$2")"
  : > "$2"
  bind "$1" "$2"
}
mount -t tmpfs -o mode=0755,size=1m none "$root"
mkdir -p "$root/app" "$root/proc" "$root/dev" "$root${ACCOUNT}"
bind "$image/app" "$root/app"
bind "$account" "$root${ACCOUNT}"
file "$node" "$root/nodejs/bin/node"
while [ "$libraries" -gt 0 ]; do
  file "$1" "$root$1"
  shift
  libraries=$((libraries - 1))
done
for device in null urandom; do
  : > "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mount --rbind /proc "$root/proc"
mount -o remount,bind,ro "$root"
cd /
exec "$@"
`;

/** What Node is linked with: of the base image in a container, of this machine here. */
async function librariesOf(program: string): Promise<string[]> {
  const { stdout } = await run('ldd', [program]);
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path);
}
