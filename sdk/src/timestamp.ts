// RFC 3339 times as facts carry them: milliseconds always, the caller's offset kept. Pure.

const RFC3339 =
  /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** `text` with exactly three fraction digits, or undefined when it is no RFC 3339 time. */
export function normalizeTimestamp(text: string): string | undefined {
  const match = RFC3339.exec(text);
  if (!match) return undefined;
  const [, day, time, fraction = '', offset = ''] = match;
  const local = `${day}T${time}`;
  const ms = Date.parse(`${local}Z`);
  // A date that does not exist (30 February, 24:00) rolls over and no longer says the same.
  if (Number.isNaN(ms) || !formatTimestamp(ms).startsWith(local)) return undefined;
  return `${local}.${fraction.padEnd(3, '0').slice(0, 3)}${offset.toUpperCase()}`;
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
