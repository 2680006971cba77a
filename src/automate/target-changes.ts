/** Owns: what of the Secrets of a scope is news: that one was made, which names it has, and which version of a name. */
import { createHash } from 'node:crypto';
import type { Instant } from '../model/approval.ts';
import { byName } from '../model/names.ts';
import type { Change, Listener, News, SeenTarget } from './scope-look.ts';
import { fitting, MAX_TARGETS, MAX_VERSIONS, splitAt, type Told } from './told-marks.ts';
import { joinedNames } from './variable-text.ts';

/** A Secret was made, or has other names than were told. */
export function targetChanges(
  targets: readonly SeenTarget[],
  told: Told,
  listener: Listener,
  now: Instant,
): readonly Change[] {
  const changes = sortedBy(targets, ({ secretName }) => secretName).map((target): Change => {
    const { secretName, createdAt, names } = target;
    const was = told.targets?.get(secretName);
    // while a version is on its way to many namespaces, a name stands there with two of them
    const bare = [...new Set(names.map((name) => splitAt(name, '@')[0]))].sort(byName);
    const is = digest(bare.join(',')).slice(0, 32);
    const isMade = was === undefined && (told.targets !== undefined || createdAt >= listener.createdAt);
    const news: News = {
      event: 'Materialized',
      at: was === undefined ? createdAt : undefined,
      identity: [secretName, was ?? '', is, String(now)],
      people: [],
      variables: { target_name: secretName, secret_names: joinedNames(bare) },
    };
    const isNews = isMade || (was !== undefined && was !== is);
    return { section: 'targets', key: secretName, news: isNews ? news : undefined, was, is };
  });
  return fitting(changes, MAX_TARGETS);
}

/** A name is rotated once every Secret that holds it has the same other version than was told. */
export function versionChanges(targets: readonly SeenTarget[], told: Told, now: Instant): readonly Change[] {
  const held = Map.groupBy(
    targets.flatMap(({ names }) => names.map((name) => splitAt(name, '@'))),
    ([name]) => name,
  );
  const changes = sortedBy([...held], ([name]) => name).flatMap(([name, versions]): Change[] => {
    const was = told.versions?.get(name);
    const [version = '', ...others] = new Set(versions.map(([, one]) => one));
    // still on its way: what was told stays told
    if (others.length > 0) return was === undefined ? [] : [versionChange(name, was, was, undefined)];
    const is = storable(name, version);
    const news = was === undefined || was === is ? undefined : rotationNews(name, was, version, now);
    return [versionChange(name, was, is, news)];
  });
  return fitting(changes, MAX_VERSIONS);
}

function versionChange(key: string, was: string | undefined, is: string, news: News | undefined): Change {
  return { section: 'versions', key, news, was, is };
}

function rotationNews(name: string, from: string, to: string, now: Instant): News {
  return {
    event: 'Rotated',
    at: undefined,
    identity: [name, from, to, String(now)],
    people: [],
    variables: { secret_name: name, secret_version: to, previous_version: from },
  };
}

/** NAME@version has to fit the status; of a longer one its digest says as well whether it is another one. */
function storable(name: string, version: string): string {
  return name.length + 1 + version.length <= 512 ? version : digest(version);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function sortedBy<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...items].sort((a, b) => byName(key(a), key(b)));
}
