/** Owns: how long ago something was, in gh's words (spec row GX48). Pure. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function agoText(now: number, then: number): string {
  const ago = now - then;
  if (ago < MINUTE) return 'less than a minute ago';
  if (ago < HOUR) return about(ago / MINUTE, 'minute');
  if (ago < DAY) return about(ago / HOUR, 'hour');
  if (ago < 30 * DAY) return about(ago / DAY, 'day');
  if (ago < 365 * DAY) return about(ago / DAY / 30, 'month');
  return about(ago / DAY / 365, 'year');
}

function about(amount: number, unit: string): string {
  const whole = Math.floor(amount);
  return `about ${whole} ${unit}${whole === 1 ? '' : 's'} ago`;
}
