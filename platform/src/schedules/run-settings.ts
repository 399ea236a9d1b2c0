// What a version of a tenant's code asks to be run, every default filled in: the part of its manifest
// that the platform itself acts on. Pure.
import {
  type ManifestQueue,
  type ManifestSchedule,
  ON_MISSED,
  type WorkerManifest,
} from '@z0-app/provisioning';
import * as z from 'zod';

/** Its schema refers to itself, which the API's description cannot say. */
export const jsonValue = z
  .json()
  .meta({ type: ['object', 'array', 'string', 'number', 'boolean', 'null'] });

const schedule = z.object({
  name: z.string(),
  cron: z.string(),
  time_zone: z.string(),
  on_missed: z.enum(ON_MISSED),
  data: jsonValue,
});

const queue = z.object({
  max_retries: z.int(),
  retry_delay_s: z.int(),
  max_batch_size: z.int(),
});

/** As a manifest says it, checked when it was uploaded. */
export const manifestRuns = {
  schedules: z
    .array(
      schedule.partial({ time_zone: true, on_missed: true }).extend({ data: jsonValue.optional() }),
    )
    .optional(),
  queue: queue.partial().optional(),
};

/** As the API shows them of a version. */
export const runSettingsView = { schedules: z.array(schedule), queue: queue.nullable() };

/** As facts keep it. A version from before there were any has none. */
export const runSettings = {
  schedules: z.array(schedule).default([]),
  queue: queue.nullable().default(null),
};

export type Schedule = z.infer<typeof schedule>;
export type QueueSettings = z.infer<typeof queue>;

export type RunSettings = {
  schedules: Schedule[];
  queue: QueueSettings | null;
};

export function settingsOf(manifest: WorkerManifest): RunSettings {
  return {
    schedules: (manifest.schedules ?? []).map(scheduleOf),
    queue: manifest.queue === undefined ? null : queueOf(manifest.queue),
  };
}

function scheduleOf({ name, cron, time_zone, on_missed, data }: ManifestSchedule): Schedule {
  return {
    name,
    cron: cron.trim(),
    time_zone: time_zone ?? 'UTC',
    on_missed: on_missed ?? 'once',
    data: data ?? null,
  };
}

function queueOf({ max_retries, retry_delay_s, max_batch_size }: ManifestQueue): QueueSettings {
  return {
    max_retries: max_retries ?? 3,
    retry_delay_s: retry_delay_s ?? 5,
    max_batch_size: max_batch_size ?? 10,
  };
}
