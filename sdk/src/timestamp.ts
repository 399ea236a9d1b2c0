// RFC 3339 times as facts carry them: milliseconds always, the caller's offset kept. Pure.

const RFC3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** `text` with exactly three fraction digits, or undefined when it is no RFC 3339 time. */
export function normalizeTimestamp(text: string): string | undefined {
  const match = RFC3339.exec(text);
  if (!match) return undefined;
  const [, year = '', month = '', day = '', hour = '', minute = '', second = ''] = match;
  const fields = [year, month, day, hour, minute, second].map(Number);
  const [y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0] = fields;
  const date = new Date(Date.UTC(y, mo - 1, d, h, mi, s));
  date.setUTCFullYear(y, mo - 1, d);
  // A date that does not exist (30 February, 25:00) rolls over and no longer says the same.
  const same = date.getUTCMonth() === mo - 1 && date.getUTCDate() === d;
  if (!same || h > 23 || mi > 59 || s > 59) return undefined;
  const fraction = (match[7] ?? '').padEnd(3, '0').slice(0, 3);
  const offset = (match[8] ?? 'Z').toUpperCase();
  return `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction}${offset}`;
}

/** Milliseconds since 1970 of an RFC 3339 time, or undefined. */
export function parseTimestamp(text: string): number | undefined {
  const normalized = normalizeTimestamp(text);
  return normalized === undefined ? undefined : Date.parse(normalized);
}

/** `ms` since 1970 as RFC 3339 in UTC. */
export function formatTimestamp(ms: number): string {
  return new Date(ms).toISOString();
}
