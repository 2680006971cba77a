/** Owns: what stands in the way of a release, each with what to do. Called by: release.ts. Must not: read or write anything. */
import { UNRELEASED } from './changelog.ts';
import type { ReleaseFacts } from './release-facts.ts';

const VERSION_FORM = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$/;

/** None: it may be made. */
export function obstacles(version: string, facts: ReleaseFacts): string[] {
  if (!VERSION_FORM.test(version)) return [`"${version}" is no version; it looks like 1.2.3 or 1.2.3-rc.1`];
  return [
    ...wrongVersions(version, facts),
    ...changelogObstacles(version, facts),
    ...keptObstacles(version, facts),
    ...baseObstacles(facts),
    ...gitObstacles(version, facts),
  ];
}

function wrongVersions(version: string, { versions }: ReleaseFacts): string[] {
  return versions
    .filter((one) => one.version !== version)
    .map((one) => `${one.place} says ${one.version ?? 'no version'}: write ${version}`);
}

function changelogObstacles(version: string, { changelog }: ReleaseFacts): string[] {
  const section = changelog.get(version);
  const unreleased = changelog.get(UNRELEASED) ?? '';
  const waiting =
    unreleased === ''
      ? []
      : [`CHANGELOG.md has entries below "${UNRELEASED}": move them below "## ${version} (DATE)"`];
  if (section === undefined)
    return [...waiting, `CHANGELOG.md has no section "## ${version} (DATE)": write one`];
  return section === ''
    ? [...waiting, `CHANGELOG.md says nothing of ${version}: write what changes for operators`]
    : waiting;
}

/** Later versions are tested by upgrading from this one. */
function keptObstacles(version: string, { kept }: ReleaseFacts): string[] {
  return kept.includes(version)
    ? []
    : [`test/releases has no ${version}: npm run release:keep, and commit it`];
}

function baseObstacles({ bases }: ReleaseFacts): string[] {
  return bases
    .filter((image) => !/@sha256:[0-9a-f]{64}$/.test(image))
    .map(
      (image) =>
        `Dockerfile takes ${image}, which may be another image tomorrow: write its digest behind the tag, which "docker buildx imagetools inspect ${image.split('@')[0]}" says`,
    );
}

function gitObstacles(version: string, { changed, head, tagged }: ReleaseFacts): string[] {
  const dirty =
    changed.length === 0
      ? []
      : [
          `${changed.length} paths are not as committed, ${changed[0]?.trim()} first: commit them, or put them away`,
        ];
  if (tagged === undefined || tagged === head) return dirty;
  return [
    ...dirty,
    `the tag v${version} is another commit, ${tagged.slice(0, 12)}: a version is released once; take the next one`,
  ];
}
