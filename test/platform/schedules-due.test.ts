// When schedules come due, with daylight saving in it: pure decisions, here inside the runtime that
// makes them.
import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { retryDelayMs } from '../../platform/src/schedules/backoff.ts';
import {
  dueAt,
  latestRuns,
  MAX_CATCH_UP,
  nextDue,
  nextRuns,
  ON_TIME_MS,
} from '../../platform/src/schedules/due-times.ts';
import { offsetAt } from '../../platform/src/schedules/wall-clock.ts';

const HOUR = 3_600_000;

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Santiago',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'Africa/Casablanca',
];
const PATTERNS = [
  '* * * * *',
  '*/7 * * * *',
  '30 2 * * *',
  '0,20,40 1,2 * * *',
  '30 */2 * * *',
  '15 * 25 10 *',
  '*/15 1-3 * * *',
  '0 0 * * *',
  '45 23 * * 0',
  '0 3 1 * *',
  '0 12 29 2 *',
];

const timetable = fc.record({
  cron: fc.constantFrom(...PATTERNS),
  time_zone: fc.constantFrom(...ZONES),
});
/** Around the days on which clocks change, and far from them. */
const moment = fc
  .tuple(
    fc.constantFrom(
      '2026-03-08',
      '2026-03-29',
      '2026-04-05',
      '2026-06-15',
      '2026-09-06',
      '2026-10-04',
      '2026-10-25',
      '2026-11-01',
    ),
    fc.integer({ min: -36 * HOUR, max: 36 * HOUR }),
  )
  .map(([day, offset]) => Date.parse(`${day}T00:00:00Z`) + offset);

const from = (zone: string, cron: string, after: string, until: string): string[] => {
  const query = { afterMs: Date.parse(after), untilMs: Date.parse(until), count: 20 };
  return nextRuns({ cron, time_zone: zone }, query).map((time) => new Date(time).toISOString());
};

describe('daylight saving in Berlin', () => {
  it('runs a time that is skipped at the first moment after it', () => {
    // 02:00 becomes 03:00.
    expect(
      from('Europe/Berlin', '30 2 * * *', '2026-03-28T12:00:00Z', '2026-03-30T12:00:00Z'),
    ).toEqual(['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z']);
  });

  it('runs once for all times that one hour skips', () => {
    expect(
      from('Europe/Berlin', '0,30 2 * * *', '2026-03-28T12:00:00Z', '2026-03-29T12:00:00Z'),
    ).toEqual(['2026-03-29T01:00:00.000Z']);
  });

  it('runs what is due anyway at that moment once', () => {
    expect(
      from('Europe/Berlin', '0 2,3 * * *', '2026-03-28T12:00:00Z', '2026-03-29T12:00:00Z'),
    ).toEqual(['2026-03-29T01:00:00.000Z']);
  });

  it('runs nothing in a skipped hour for what has no hour of its own', () => {
    expect(
      from('Europe/Berlin', '30 * * * *', '2026-03-29T00:00:00Z', '2026-03-29T02:00:00Z'),
    ).toEqual(['2026-03-29T00:30:00.000Z', '2026-03-29T01:30:00.000Z']);
  });

  it('runs a time of day that comes twice the first time only', () => {
    // 03:00 becomes 02:00.
    expect(
      from('Europe/Berlin', '30 2 * * *', '2026-10-24T12:00:00Z', '2026-10-26T12:00:00Z'),
    ).toEqual(['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z']);
  });

  it('runs each time of a list the first time only', () => {
    expect(
      from('Europe/Berlin', '0,30 2,3 * * *', '2026-10-24T12:00:00Z', '2026-10-25T12:00:00Z'),
    ).toEqual([
      '2026-10-25T00:00:00.000Z',
      '2026-10-25T00:30:00.000Z',
      '2026-10-25T02:00:00.000Z',
      '2026-10-25T02:30:00.000Z',
    ]);
  });

  it('runs what has no hour of its own in both hours', () => {
    expect(
      from('Europe/Berlin', '30 * * * *', '2026-10-24T23:45:00Z', '2026-10-25T02:45:00Z'),
    ).toEqual(['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z', '2026-10-25T02:30:00.000Z']);
  });
});

test('due times rise, on whole minutes, and the same ones come from wherever one asks', () => {
  fc.assert(
    fc.property(
      timetable,
      moment,
      fc.integer({ min: 0, max: 30 * HOUR }),
      (table, start, later) => {
        const untilMs = start + 48 * HOUR;
        const all = nextRuns(table, { afterMs: start, untilMs, count: 5_000 });
        for (const [index, time] of all.entries()) {
          expect(time).toBeGreaterThan(all[index - 1] ?? start);
          expect(time % 60_000).toBe(0);
        }
        const after = start + later;
        const next = all.find((time) => time > after);
        if (next !== undefined) expect(nextDue(table, after)).toBe(next);
      },
    ),
    { numRuns: 60 },
  );
});

test('the latest due times are the last of all of them', () => {
  fc.assert(
    fc.property(
      timetable,
      moment,
      fc.integer({ min: 0, max: 40 * HOUR }),
      fc.integer({ min: 1, max: 30 }),
      (table, afterMs, spanMs, count) => {
        const untilMs = afterMs + spanMs;
        const all = nextRuns(table, { afterMs, untilMs, count: 5_000 });
        const { times, more } = latestRuns(table, { afterMs, untilMs, count });
        expect(times).toEqual(all.slice(-count));
        expect(more).toBe(all.length > count);
      },
    ),
    { numRuns: 150 },
  );
});

test('each due time has its run or is noted as missed, at whatever moments one looks', () => {
  const looks = fc.array(fc.integer({ min: 1_000, max: 5 * HOUR }), {
    minLength: 1,
    maxLength: 12,
  });
  const policy = fc.constantFrom('skip' as const, 'once' as const, 'all' as const);
  fc.assert(
    fc.property(timetable, moment, policy, looks, (table, start, on_missed, steps) => {
      const runs: number[] = [];
      let missed = 0;
      let isExact = true;
      let settledMs = start;
      let nowMs = start;
      for (const step of steps) {
        nowMs += step;
        const due = dueAt({ ...table, on_missed }, { settledMs, nowMs });
        runs.push(...due.runs);
        missed += (due.missed?.count ?? 0) - (due.missed?.making_up.length ?? 0);
        isExact &&= due.missed?.more !== true;
        settledMs = Math.max(settledMs, due.missed?.last ?? 0, ...due.runs);
        const making = new Set(due.missed?.making_up);
        for (const run of due.runs) {
          if (!making.has(run)) expect(nowMs - run).toBeLessThan(ON_TIME_MS);
        }
      }
      const all = nextRuns(table, { afterMs: start, untilMs: nowMs, count: 10_000 });
      expect(new Set(runs).size).toBe(runs.length);
      expect(runs.every((run) => all.includes(run))).toBe(true);
      if (isExact) expect(runs.length + missed).toBe(all.length);
      expect(dueAt({ ...table, on_missed }, { settledMs, nowMs })).toEqual({
        runs: [],
        missed: undefined,
      });
    }),
    { numRuns: 150 },
  );
});

test('without hours of its own, exactly the moments whose wall time fits are due', () => {
  const passing = fc.constantFrom('*/10 * * * *', '30 */2 * * *', '5 * 8 3 *', '* * 25 10 *');
  fc.assert(
    fc.property(passing, fc.constantFrom(...ZONES), moment, (cron, time_zone, start) => {
      const wall = { cron, time_zone: 'UTC' };
      const untilMs = start + 30 * HOUR;
      const due = new Set(nextRuns({ cron, time_zone }, { afterMs: start, untilMs, count: 5_000 }));
      for (let at = Math.ceil((start + 1) / 60_000) * 60_000; at <= untilMs; at += 60_000) {
        const shown = at + offsetAt(time_zone, at);
        expect(due.has(at)).toBe(nextDue(wall, shown - 1) === shown);
      }
    }),
    { numRuns: 25 },
  );
});

test('with hours of its own, each wall time of the pattern is due once, clocks changed or not', () => {
  const fixed = fc.constantFrom('*/10 0-3 * * *', '30 2 * * *', '59 1,2,23 * * *');
  fc.assert(
    fc.property(fixed, fc.constantFrom(...ZONES), moment, (cron, time_zone, start) => {
      const untilMs = start + 48 * HOUR;
      const due = nextRuns({ cron, time_zone }, { afterMs: start, untilMs, count: 5_000 });
      const shown = due.map((at) => at + offsetAt(time_zone, at));
      // Never the same time of a day twice; a skipped one may be another's, which is due then, too.
      expect(new Set(shown).size).toBe(shown.length);
    }),
    { numRuns: 60 },
  );
});

describe('what was missed for a week, minute by minute', () => {
  const table = { cron: '* * * * *', time_zone: 'Europe/Berlin' };
  const settledMs = Date.parse('2026-05-01T00:00:00Z');
  const nowMs = settledMs + 7 * 24 * HOUR;

  it('has one run, the one that is on time, with once', () => {
    const due = dueAt({ ...table, on_missed: 'once' }, { settledMs, nowMs });
    expect(due.runs).toEqual([nowMs]);
    expect(due.missed).toMatchObject({ more: true, making_up: [] });
  });

  it('has its latest runs with all, and no more than are bearable', () => {
    const due = dueAt({ ...table, on_missed: 'all' }, { settledMs, nowMs });
    expect(due.runs).toHaveLength(MAX_CATCH_UP + 1);
    expect(due.runs.at(-1)).toBe(nowMs);
  });

  it('has the one that is on time with skip', () => {
    expect(dueAt({ ...table, on_missed: 'skip' }, { settledMs, nowMs }).runs).toEqual([nowMs]);
  });
});

test('retries wait longer each time, within a quarter of an hour and half as much again', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (attempt, chance) => {
        const delay = retryDelayMs(attempt, 5_000, chance);
        expect(delay).toBeGreaterThanOrEqual(2_500);
        expect(delay).toBeLessThanOrEqual(1.5 * 15 * 60_000);
        expect(retryDelayMs(attempt + 1, 5_000, chance)).toBeGreaterThanOrEqual(delay);
      },
    ),
  );
});
