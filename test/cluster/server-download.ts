/**
 * Owns: the official builds: the envtest archive, and the controller manager which that archive lacks.
 * Called by: server-binaries.ts. Must not: keep anything whose published checksum it could not verify.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { EnvHttpProxyAgent, fetch, type Response } from 'undici';
import { parse } from 'yaml';
import type { ServerName } from './cluster-dir.ts';
import { withProgress } from './progress.ts';

export interface DownloadSources {
  readonly envtestIndex: string;
  readonly releases: string;
}

export interface Platform {
  readonly os: string;
  readonly arch: string;
}

export const OFFICIAL_SOURCES: DownloadSources = {
  envtestIndex:
    'https://raw.githubusercontent.com/kubernetes-sigs/controller-tools/HEAD/envtest-releases.yaml',
  releases: 'https://dl.k8s.io',
};
// somebody without network should not wait before the build starts
const CONNECT_TIMEOUT_MS = 3_000;
const IDLE_TIMEOUT_MS = 20_000;

interface Archive {
  readonly version: string;
  readonly hash: string;
  readonly selfLink: string;
}

/** Puts the missing servers into the directory and returns their version; throws unless all could be had. */
export async function downloadServers(
  missing: readonly ServerName[],
  wanted: { readonly version: string; readonly platform: Platform },
  dir: string,
  sources: DownloadSources,
): Promise<string> {
  await using client = await createClient();
  let { version } = wanted;
  const fromArchive = missing.filter((server) => server !== 'kube-controller-manager');
  if (fromArchive.length > 0) {
    const archive = await findArchive(client, wanted, sources);
    version = archive.version;
    await withProgress(`downloading ${archive.selfLink}`, () =>
      fetchArchive(client, archive, fromArchive, dir),
    );
  }
  if (missing.includes('kube-controller-manager')) {
    const url = controllerManagerUrl(version, wanted.platform, sources);
    await withProgress(`downloading ${url}`, () => fetchControllerManager(client, url, dir));
  }
  return version;
}

type Client = { get(url: string): Promise<Response> } & AsyncDisposable;

async function createClient(): Promise<Client> {
  const dispatcher = new EnvHttpProxyAgent({
    connect: { timeout: CONNECT_TIMEOUT_MS },
    headersTimeout: IDLE_TIMEOUT_MS,
    bodyTimeout: IDLE_TIMEOUT_MS,
  });
  return {
    async get(url) {
      const response = await fetch(url, { dispatcher });
      if (!response.ok) throw new Error(`${url} answered ${response.status}`);
      return response;
    },
    [Symbol.asyncDispose]: () => dispatcher.destroy(),
  };
}

/** The newest patch release of the wanted minor, since not every patch gets an envtest archive. */
export function chooseArchive(
  index: unknown,
  wanted: { readonly version: string; readonly platform: Platform },
): Archive | undefined {
  const { releases = {} } = (index ?? {}) as {
    releases?: Record<string, Record<string, { hash?: string; selfLink?: string }>>;
  };
  const minor = wanted.version.split('.').slice(0, 2).join('.');
  const patchOf = (version: string) => Number(/^v\d+\.\d+\.(\d+)$/.exec(version)?.[1] ?? -1);
  const versions = Object.keys(releases).filter((each) => each.startsWith(`${minor}.`) && patchOf(each) >= 0);
  for (const version of versions.sort((a, b) => patchOf(b) - patchOf(a))) {
    const entry =
      releases[version]?.[`envtest-${version}-${wanted.platform.os}-${wanted.platform.arch}.tar.gz`];
    if (entry?.hash && entry.selfLink) return { version, hash: entry.hash, selfLink: entry.selfLink };
  }
  return undefined;
}

async function findArchive(
  client: Client,
  wanted: { readonly version: string; readonly platform: Platform },
  sources: DownloadSources,
): Promise<Archive> {
  const index = parse(await (await client.get(sources.envtestIndex)).text());
  const archive = chooseArchive(index, wanted);
  if (archive !== undefined) return archive;
  const { os, arch } = wanted.platform;
  throw new Error(`${sources.envtestIndex} lists no archive like ${wanted.version} for ${os}-${arch}`);
}

async function fetchArchive(
  client: Client,
  archive: Archive,
  servers: readonly ServerName[],
  dir: string,
): Promise<void> {
  const file = join(dir, 'envtest.tar.gz');
  await fetchVerified(client, archive.selfLink, file, 'sha512', archive.hash);
  // the archive's files lie in controller-tools/envtest/
  const members = servers.map((server) => `controller-tools/envtest/${server}`);
  await promisify(execFile)('tar', ['-xzf', file, '-C', dir, '--strip-components=2', ...members]);
  await rm(file);
}

function controllerManagerUrl(version: string, platform: Platform, sources: DownloadSources): string {
  if (platform.os === 'linux') {
    return `${sources.releases}/${version}/bin/linux/${platform.arch}/kube-controller-manager`;
  }
  throw new Error(`kube-controller-manager is not published for ${platform.os}`);
}

async function fetchControllerManager(client: Client, url: string, dir: string): Promise<void> {
  const checksum = (await (await client.get(`${url}.sha256`)).text()).trim().split(/\s/)[0] ?? '';
  const file = join(dir, 'kube-controller-manager');
  await fetchVerified(client, url, file, 'sha256', checksum);
  await chmod(file, 0o755);
}

async function fetchVerified(
  client: Client,
  url: string,
  file: string,
  algorithm: 'sha256' | 'sha512',
  expected: string,
): Promise<void> {
  const { body } = await client.get(url);
  if (body === null) throw new Error(`${url} answered without a body`);
  const hash = createHash(algorithm);
  const source = Readable.fromWeb(body);
  source.on('data', (chunk: Buffer) => hash.update(chunk));
  await pipeline(source, createWriteStream(`${file}.part`));
  const actual = hash.digest('hex');
  if (actual !== expected.toLowerCase()) {
    throw new Error(`${url} has the ${algorithm} ${actual}, published is ${expected}`);
  }
  await rename(`${file}.part`, file);
}
