// Answers the questions of rules from the rows that a shard keeps of reports, requests and dead
// letters. Those rows have to be in step with the facts; nothing here changes them.
import { wholePoints } from '../stats/resolution.ts';
import type { PointRange, StatsTables } from '../stats/stats-tables.ts';
import type { AlertTables } from './alert-tables.ts';
import type { Figures, RequestSums, Span } from './figures.ts';

export interface FigureSources {
  readonly stats: StatsTables;
  readonly alerts: AlertTables;
  readonly sql: SqlStorage;
}

/** Of one tenant, or with `''` of the platform itself; for one judgement, as of one time. */
export function figuresOf({ stats, alerts, sql }: FigureSources, subject: string): Figures {
  const requests = new Map<number, RequestSums>();
  return {
    requests: (span) => {
      // Rules often look at the same window.
      const known = requests.get(span.from) ?? stats.requests.sumOf(minutesOf(span), subject);
      requests.set(span.from, known);
      return known;
    },
    answeredWith: (code, span) => {
      const { from = 0, to = 0 } = wholePoints(span, 'minute');
      return alerts.codes(subject, code, from, to);
    },
    writes: (span) =>
      stats.requests.points(minutesOf(span), subject).filter(({ writes }) => writes > 0),
    reports: () => {
      const tally = stats.tally(subject);
      return {
        lastEnd: tally?.last_end ?? 0,
        lastPeriod: tally?.last_period ?? 0,
        missing: tally?.missing ?? [],
      };
    },
    breakerOpenings: (span) => stats.sumOf(minutesOf(span), subject).breaker_openings,
    deadLetters: ({ from, to }) => {
      // At most a thousand rows, whatever was lost.
      const query = 'SELECT count(*) AS n FROM dead_letters WHERE at >= ? AND at <= ?';
      return sql.exec<{ n: number }>(query, from, to).one().n;
    },
  };
}

/** The minute that the span begins in counts as a whole. */
function minutesOf(span: Span): PointRange {
  return { resolution: 'minute', ...wholePoints(span, 'minute') };
}
