/**
 * Owns: what `npm run cluster -- ...` understands.
 * Called by: cli.ts. Must not: do any of it.
 */
import { parseArgs } from 'node:util';

export type ClusterCommand =
  | { readonly kind: 'up' | 'down'; readonly name: string }
  | { readonly kind: 'status'; readonly name: string | undefined }
  | {
      readonly kind: 'user';
      readonly name: string;
      readonly user: string;
      readonly groups: readonly string[];
    }
  | { readonly kind: 'help' }
  | { readonly kind: 'mistake'; readonly message: string };

export const USAGE = `usage: npm run cluster -- COMMAND [--name CLUSTER]

  up                         start a cluster which stays until "down"; prints the admin's kubeconfig
  user NAME [--group G]...   print a kubeconfig for a person who is in these groups
  status                     list the clusters
  down                       stop the cluster and delete its data

The path is the last line on stdout, so: export KUBECONFIG=$(npm run -s cluster -- up)
CLUSTER is "default" if not given.
`;

export function parseClusterArguments(argv: readonly string[]): ClusterCommand {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        name: { type: 'string' },
        group: { type: 'string', multiple: true },
        help: { type: 'boolean', short: 'h' },
      },
    });
    return values.help ? { kind: 'help' } : toCommand(positionals, values.name, values.group);
  } catch (error) {
    if (error instanceof TypeError) return { kind: 'mistake', message: error.message };
    throw error;
  }
}

function toCommand(
  [command, ...rest]: string[],
  name: string | undefined,
  groups: readonly string[] | undefined,
): ClusterCommand {
  if (command === undefined) return mistake('which command?');
  if (!['up', 'down', 'status', 'user'].includes(command)) return mistake(`unknown command "${command}"`);
  if (command !== 'user' && groups !== undefined) return mistake(`--group makes no sense with "${command}"`);
  const [user, ...surplus] = command === 'user' ? rest : [undefined, ...rest];
  if (surplus.length > 0) return mistake(`unexpected: ${surplus.join(' ')}`);
  if (command === 'status') return { kind: 'status', name };
  if (command === 'up' || command === 'down') return { kind: command, name: name ?? 'default' };
  if (!user) return mistake('whose kubeconfig? give a name: user NAME --group G');
  return { kind: 'user', name: name ?? 'default', user, groups: groups ?? [] };
}

function mistake(message: string): ClusterCommand {
  return { kind: 'mistake', message };
}
