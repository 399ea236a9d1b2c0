// What a manifest may say about schedules and the tenant's queue: their form, and whether a cron
// pattern ever comes due. It computes no due times; the platform that runs them does.
import { Cron } from 'croner';
import * as z from 'zod';

/** One thing to do again and again, in the code's own `scheduled` handler. */
export interface ManifestSchedule {
  readonly name: string;
  /** Five fields: minute, hour, day of month, month, day of week (0 or 7 is Sunday). */
  readonly cron: string;
  /** IANA name; UTC unless it is given. */
  readonly time_zone?: string | undefined;
  /** What becomes of due times that nobody was there for; `once` unless it is given. */
  readonly on_missed?: OnMissed | undefined;
  /** Handed to each run. */
  readonly data?: z.core.util.JSONType | undefined;
}

/** The tenant's one queue, taken care of by the code's own `queue` handler. */
export interface ManifestQueue {
  /** Tries after the first; a message that fails them all is a dead letter. */
  readonly max_retries?: number | undefined;
  /** Seconds before a message is tried again, doubled each time; `retry({ delaySeconds })` wins. */
  readonly retry_delay_s?: number | undefined;
  readonly max_batch_size?: number | undefined;
}

/**
 * - `skip`: they are noted as missed.
 * - `once`: one run makes up for them all.
 * - `all`: each has its run, up to `MAX_CATCH_UP` of the latest.
 */
export const ON_MISSED = ['skip', 'once', 'all'] as const;
export type OnMissed = (typeof ON_MISSED)[number];

/** Whatever the plan: what one version may declare. */
export const MAX_SCHEDULES = 200;
const MAX_DATA_BYTES = 4 * 1024;
/** Of all schedules together, as JSON. */
const MAX_BYTES = 64 * 1024;
const MAX_CRON_CHARACTERS = 100;
const NAME = /^[a-z][a-z0-9-]{0,39}$/;

const schedule = z
  .strictObject({
    name: z
      .string()
      .regex(NAME, 'A name is lower-case letters, digits and -, at most 40, a letter first.'),
    cron: z.string().max(MAX_CRON_CHARACTERS),
    time_zone: z.string().max(64).optional(),
    on_missed: z.enum(ON_MISSED).optional(),
    data: z.json().optional(),
  })
  .superRefine(({ cron, time_zone: zone, data }, context) => {
    const fault = (path: string, message: string | undefined): void => {
      if (message !== undefined) context.addIssue({ code: 'custom', path: [path], message });
    };
    fault('cron', faultOfCron(cron));
    fault('time_zone', zone === undefined ? undefined : faultOfZone(zone));
    if (byteLength(JSON.stringify(data ?? null)) > MAX_DATA_BYTES) {
      fault('data', `It may have ${MAX_DATA_BYTES} bytes as JSON.`);
    }
  });

export const manifestSchedules: z.ZodType<ManifestSchedule[]> = z
  .array(schedule)
  .max(MAX_SCHEDULES, `A version declares at most ${MAX_SCHEDULES} schedules.`)
  .refine((schedules) => byteLength(JSON.stringify(schedules)) <= MAX_BYTES, {
    message: `All schedules together may have ${MAX_BYTES} bytes.`,
  })
  .superRefine((schedules, context) => {
    const names = schedules.map(({ name }) => name);
    for (const [index, name] of names.entries()) {
      if (names.indexOf(name) === index) continue;
      const message = `The name ${name} is there twice.`;
      context.addIssue({ code: 'custom', path: [index, 'name'], message });
    }
  });

export const manifestQueue: z.ZodType<ManifestQueue> = z.strictObject({
  max_retries: z.int().min(0).max(20).optional(),
  retry_delay_s: z.int().min(1).max(43_200).optional(),
  max_batch_size: z.int().min(1).max(100).optional(),
});

/** What is wrong with a pattern, in a sentence that says what to write; `undefined` when nothing is. */
function faultOfCron(pattern: string): string | undefined {
  const fields = pattern.trim().split(/\s+/u).length;
  if (fields === 6 || fields === 7) {
    return `It has ${fields} fields, so its first are seconds; the shortest time between runs is a minute. Write five: minute, hour, day of month, month, day of week.`;
  }
  if (fields !== 5) {
    return `It has ${fields} fields. Write five: minute, hour, day of month, month, day of week, e.g. '0 3 * * *'.`;
  }
  try {
    const cron = new Cron(pattern.trim(), { mode: '5-part', paused: true, timezone: 'UTC' });
    return cron.nextRun() === null ? 'It never comes due; no month has such a day.' : undefined;
  } catch (error) {
    const words = error instanceof Error ? error.message.replace(/^\w+: /u, '') : '';
    return `It is no cron pattern: ${words}`;
  }
}

function faultOfZone(zone: string): string | undefined {
  const fault = `${zone} is no time zone. Write an IANA name, e.g. 'Europe/Berlin' or 'UTC'.`;
  // An offset is one that Intl knows, too, and none that follows daylight saving.
  if (!/^[A-Za-z]/u.test(zone)) return fault;
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions();
    return timeZone === '' ? fault : undefined;
  } catch {
    return fault;
  }
}

const byteLength = (text: string): number => new TextEncoder().encode(text).byteLength;
