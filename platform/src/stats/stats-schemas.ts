// How counts look in the OpenAPI document, and how a range of time is asked for. Shapes only.
import * as z from 'zod';
import { LENGTH_MS, MAX_POINTS } from './resolution.ts';
import { RESOLUTIONS } from './stats-view.ts';

export const count = z.int().nonnegative();
export const time = z.iso.datetime({ offset: true });

export const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

export const work = {
  facts_count: count,
  cache_hits: count,
  cache_misses: count,
  refusals_count: count,
  errors_count: count,
  dropped_count: count.meta({ description: 'Reports of ledgers that were given up.' }),
  breaker_openings_count: count,
  schema_inits_count: count,
  hydrations_count: count,
  hydrated_facts_count: count,
};

const percentile = z.number().nonnegative().nullable();

const dispatcher = z
  .object({
    requests_count: count,
    writes_count: count.meta({ description: '2xx answers to anything but GET and HEAD.' }),
    refusals_count: count.meta({ description: 'Answered 4xx.' }),
    errors_count: count.meta({ description: 'Answered 5xx.' }),
    p50_ms: percentile,
    p95_ms: percentile,
    p99_ms: percentile,
  })
  .meta({
    id: 'DispatcherStats',
    description: 'As the dispatcher counted. Times are estimates within a bucket of the histogram.',
  });

export const reporting = {
  since: time.nullable().meta({ description: 'Start of the first period reported.' }),
  appended: z
    .record(z.string(), count)
    .meta({ description: 'Facts by type, as far as ledgers tell; since onboarding.' }),
  storage_bytes: count,
  last_period_end: time.nullable(),
  gaps: count.meta({ description: 'Periods that were skipped and have not come since.' }),
  late_count: count.meta({ description: 'Periods that came after a later one.' }),
  last_flush_lag_ms: count
    .nullable()
    .meta({ description: 'From the end of the latest period to when it was recorded.' }),
  dispatcher,
};

/** Milliseconds since 1970; not before it, where no report can be from. */
const instant = z.iso
  .datetime({ offset: true, error: 'must be an RFC 3339 time with an offset' })
  .transform((text) => Math.max(Date.parse(text), 0))
  .meta({ type: 'string', format: 'date-time' });

export const range = { from: instant.optional(), to: instant.optional() };

interface Range {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export const BACKWARDS = { error: 'must be after `from`', path: ['to'] };

export const forwards = ({ from, to }: Range): boolean =>
  from === undefined || to === undefined || from < to;

export const seriesQuery = z
  .strictObject({ resolution: z.enum(RESOLUTIONS).default('minute'), ...range })
  .refine(forwards, BACKWARDS)
  .refine(
    ({ resolution, from, to }) =>
      from === undefined || (to ?? Date.now()) - from <= (MAX_POINTS - 1) * LENGTH_MS[resolution],
    { error: `spans more than ${MAX_POINTS} points`, path: ['from'] },
  );

export const limit = (byDefault: number) =>
  z
    .string()
    .regex(/^[0-9]{1,4}$/u, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(1).max(1000))
    .default(byDefault)
    .meta({ type: 'integer', minimum: 1, maximum: 1000, default: byDefault });
