/** Owns: what CHANGELOG.md says of each version. Called by: release-facts.ts. Must not: read files. */

export const UNRELEASED = 'Unreleased';

/** Version, or `Unreleased`, → the text below its heading. */
export function sectionsOf(changelog: string): ReadonlyMap<string, string> {
  const sections = changelog.split(/^## /m).slice(1);
  return new Map(
    sections.map((section) => {
      const [heading = '', ...lines] = section.split('\n');
      return [heading.split(' ')[0] ?? '', lines.join('\n').trim()];
    }),
  );
}

/** For the page of the release, where relative links lead nowhere: with a repository they point into the tree of the tag. */
export function notesFor(section: string, repository: string | undefined, tag: string): string {
  if (repository === undefined) return `${section}\n`;
  const absolute = (_link: string, path: string) => `](${repository}/blob/${tag}/${path})`;
  return `${section.replace(/\]\((?!https?:|#)([^)]+)\)/g, absolute)}\n`;
}
