// What clocks on the wall of a time zone show, and when. A wall time is kept as if it were UTC:
// milliseconds since 1970. Pure; transitions are found by asking `Intl`, a day to each side at most.

const DAY_MS = 86_400_000;

/** How far the zone's clocks are ahead of UTC at `instant`, milliseconds. */
export function offsetAt(zone: string, instant: number): number {
  if (zone === 'UTC') return 0;
  const whole = Math.floor(instant / 1_000) * 1_000;
  const shown = new Map<string, number>();
  for (const { type, value } of formatterOf(zone).formatToParts(whole)) {
    shown.set(type, Number(value));
  }
  const part = (type: string): number => shown.get(type) ?? 0;
  const day = Date.UTC(part('year'), part('month') - 1, part('day'));
  const time = (part('hour') * 60 + part('minute')) * 60 + part('second');
  return day + time * 1_000 - whole;
}

/**
 * When clocks show `wall`: the first time when they do twice, and when they skip it the first moment
 * after the skip.
 */
export function instantOf(zone: string, wall: number): number {
  const before = offsetAt(zone, wall - DAY_MS);
  const after = offsetAt(zone, wall + DAY_MS);
  const first = wall - before;
  if (before === after || offsetAt(zone, first) === before) return first;
  const second = wall - after;
  if (offsetAt(zone, second) === after) return second;
  return changeBetween(zone, second - DAY_MS, second + DAY_MS);
}

/** The first instant after `from` at which the offset is no more what it is there; it is not at `to`. */
export function changeBetween(zone: string, from: number, to: number): number {
  const offset = offsetAt(zone, from);
  let same = from;
  let other = to;
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2);
    if (offsetAt(zone, middle) === offset) same = middle;
    else other = middle;
  }
  return other;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formatters.set(zone, made);
  return made;
}
