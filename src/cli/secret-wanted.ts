/** Owns: which level a command line of `secretscope secret` is about. Used by: the secret verbs. Pure. */
import { OBJECT_NAME_PATTERN } from '../model/kinds/common.ts';
import { isNamespace } from './claim-order.ts';
import { FlagError, type SecretVerb, wordFrom } from './secret-usage.ts';
import { escapeText, notANamespace } from './terminal.ts';

/** gh's flags for the level, and those of its that name what no cluster has. */
export interface LevelFlags {
  readonly org?: string;
  readonly repo?: string;
  readonly env?: string;
  readonly user?: boolean;
  readonly app?: string;
  readonly namespace?: string;
}

/** Without a namespace, in that of the context. */
export interface ScopeName {
  readonly namespace?: string;
  readonly name: string;
}

export type Wanted =
  | { readonly level: 'Organization'; readonly ref: ScopeName }
  /** Without a name, the only one of the namespace. */
  | { readonly level: 'Repository'; readonly ref: ScopeName | undefined }
  | { readonly level: 'Environment'; readonly name: string; readonly repository: ScopeName | undefined };

const APPS = ['actions', 'codespaces', 'dependabot'] as const;

export function wantedFrom(verb: SecretVerb, flags: LevelFlags): Wanted {
  const { org, repo, env, user = false, app, namespace } = flags;
  if ([org !== undefined, env !== undefined, user].filter(Boolean).length > 1)
    throw new FlagError(verb, 'specify only one of `--org`, `--env`, or `--user`');
  if (org !== undefined && repo !== undefined)
    throw new FlagError(verb, 'specify only one of `--org` or `--repo`');
  refuseForeign(verb, user, app);
  if (namespace !== undefined && !isNamespace(namespace)) throw new FlagError(verb, notANamespace(namespace));
  if (org !== undefined) return { level: 'Organization', ref: scopeNameFrom(verb, '--org', org) };
  const repository = repo === undefined ? undefined : scopeNameFrom(verb, '--repo', repo);
  if (env === undefined) return { level: 'Repository', ref: repository };
  if (env === '') throw new FlagError(verb, '`--env` takes the name of an environment');
  return { level: 'Environment', name: env, repository };
}

/** There are no users, Codespaces and Dependabot in a cluster: `actions` is all there is. */
function refuseForeign(verb: SecretVerb, user: boolean, app: string | undefined): void {
  if (user)
    throw new FlagError(
      verb,
      'actions secrets are not supported for user: a cluster has secrets of organizations, repositories and environments; use --org, --repo or --env',
    );
  const named = app === undefined ? 'actions' : wordFrom(verb, '-a, --app', APPS, app);
  if (named !== 'actions')
    throw new FlagError(
      verb,
      `${named} secrets are not supported for a cluster, which has no ${named === 'codespaces' ? 'Codespaces' : 'Dependabot'}; leave --app out`,
    );
}

export function scopeNameFrom(verb: SecretVerb, flag: string, text: string): ScopeName {
  const parts = text.split('/');
  const [name = '', namespace] = parts.toReversed();
  const isName = parts.length <= 2 && name.length <= 253 && OBJECT_NAME_PATTERN.test(name);
  if (!isName || (namespace !== undefined && !isNamespace(namespace)))
    throw new FlagError(verb, `${flag} takes NAMESPACE/NAME or NAME of a scope; got "${escapeText(text)}"`);
  return { ...(namespace !== undefined && { namespace }), name };
}
