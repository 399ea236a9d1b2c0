// How numbers read on the dashboard: counts, shares, sizes and ages as short text. Pure.

const counts = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

/** `1,234,567`; one digit after the point when there is one. */
export function countText(value: number): string {
  return counts.format(value);
}

/** `72 %`, `99.6 %`, `<1 %`; a dash when there is nothing to have a share of. */
export function shareText(part: number, whole: number): string {
  if (whole <= 0) return '–';
  const percent = (part / whole) * 100;
  if (percent > 0 && percent < 1) return '<1 %';
  return percent > 95 && percent < 100
    ? `${(Math.floor(percent * 10) / 10).toFixed(1)} %`
    : `${Math.round(percent)} %`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Bytes in decimal units: `640 B`, `1.2 MB`. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1_000 && unit < UNITS.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit] ?? 'B'}`;
}

/** How long something took or is past, in its largest unit: `40 s`, `12 min`, `3 h`, `2 days`. */
export function ageText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3_600) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} days`;
}

/** `40 s ago`, or `never`. */
export function agoText(at: string | null | undefined, now: number): string {
  return at === null || at === undefined ? 'never' : `${ageText(now - Date.parse(at))} ago`;
}

/** `last report 40 s ago`, or that there was none. */
export function lastReportText(at: string | null | undefined, now: number): string {
  return at === null || at === undefined ? 'no report yet' : `last report ${agoText(at, now)}`;
}

/** `1 error`, `3 errors`. */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${countText(count)} ${count === 1 ? noun : many}`;
}
