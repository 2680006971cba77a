/**
 * What a kubeconfig says of one context, merged from several files as kubectl does it: whoever says a thing first wins.
 * Called by kubeconfig-file.ts. Runs nothing and reads no credential that stands in a file of its own.
 */
import { access, readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { parse } from 'yaml';

/** Fields of a cluster, a user or a plugin, by kubectl's names. */
export type Fields = Readonly<Record<string, unknown>>;

export interface ChosenContext {
  readonly namespace: string | undefined;
  readonly cluster: Fields & { readonly server: string };
  readonly user: Fields;
}

interface Named {
  readonly name: string;
  readonly fields: Fields;
}

interface Config {
  readonly current: string | undefined;
  readonly clusters: readonly Named[];
  readonly users: readonly Named[];
  readonly contexts: readonly Named[];
}

/** Throws an Error that says what to change, and never quotes a file: it holds tokens and keys. */
export async function readContext(
  paths: readonly string[],
  context: string | undefined,
): Promise<ChosenContext> {
  // as kubectl does, a missing file is skipped as long as another one is there
  const there = (await Promise.all(paths.map(async (path) => ((await exists(path)) ? [path] : [])))).flat();
  if (there.length === 0)
    throw new Error(`no kubeconfig at ${paths.join(' or ')}; pass --kubeconfig PATH or set KUBECONFIG`);
  return choose(await Promise.all(there.map(readConfig)), context);
}

function choose(configs: readonly Config[], wanted: string | undefined): ChosenContext {
  const contexts = configs.flatMap((config) => config.contexts);
  const name = wanted ?? configs.map(({ current }) => current).find(Boolean);
  if (wanted !== undefined && !contexts.some((context) => context.name === wanted))
    throw new Error(
      `no context "${wanted}" in the kubeconfig; there are: ${contexts.map((context) => context.name).join(', ')}`,
    );
  const context = find(contexts, name) ?? {};
  const cluster = find(
    configs.flatMap((config) => config.clusters),
    text(context['cluster']),
  );
  const server = text(cluster?.['server']);
  if (!cluster || server === undefined) {
    const label =
      name === undefined
        ? 'the kubeconfig has no current-context and'
        : `context "${name}" of the kubeconfig`;
    throw new Error(`${label} names no cluster; pass --context, or fix the kubeconfig`);
  }
  const user = find(
    configs.flatMap((config) => config.users),
    text(context['user']),
  );
  return { namespace: text(context['namespace']), cluster: { ...cluster, server }, user: user ?? {} };
}

function find(all: readonly Named[], name: string | undefined): Fields | undefined {
  return all.find((one) => one.name === name)?.fields;
}

async function readConfig(path: string): Promise<Config> {
  const config = fieldsOf(parsed(path, await readFile(path, 'utf8')));
  const base = dirname(path);
  return {
    current: text(config['current-context']),
    clusters: named(config['clusters'], 'cluster', (cluster) =>
      absolute(cluster, base, ['certificate-authority']),
    ),
    users: named(config['users'], 'user', (user) => ({
      ...absolute(user, base, ['client-certificate', 'client-key', 'tokenFile']),
      ...('exec' in user && { exec: inFolder(fieldsOf(user['exec']), base) }),
    })),
    contexts: named(config['contexts'], 'context', (context) => context),
  };
}

function parsed(path: string, content: string): unknown {
  try {
    return parse(content, { logLevel: 'error' });
  } catch (error) {
    // a YAML error quotes the file, and with it tokens and keys
    throw new Error(`${path} is not a kubeconfig (${error instanceof Error ? error.name : 'unreadable'})`);
  }
}

function named(list: unknown, field: string, complete: (fields: Fields) => Fields): Named[] {
  if (!Array.isArray(list)) return [];
  return list.map(fieldsOf).flatMap((item) => {
    const name = text(item['name']);
    return name === undefined ? [] : [{ name, fields: complete(fieldsOf(item[field])) }];
  });
}

/** Paths in a kubeconfig begin at its own folder. */
function absolute(fields: Fields, base: string, keys: readonly string[]): Fields {
  const paths = keys.flatMap((key) => {
    const path = text(fields[key]);
    return path === undefined || isAbsolute(path) ? [] : [[key, join(base, path)]];
  });
  return { ...fields, ...Object.fromEntries(paths) };
}

/** A plugin without a slash is looked for on the PATH. */
function inFolder(exec: Fields, base: string): Fields {
  return /[/\\]/.test(text(exec['command']) ?? '') ? absolute(exec, base, ['command']) : exec;
}

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** Undefined for an empty text as well: kubectl takes it for none. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    // whatever the reason, it cannot be read; the caller says so when no file can
    return false;
  }
}
