// What the API and the pages show of a tenant's schedules, runs and dead letters: the schemas, and how
// state becomes them. Pure; times become RFC 3339 here.
import * as z from 'zod';
import { nextDue } from './due-times.ts';
import type { DeadMessage } from './queue-table.ts';
import { jsonValue } from './run-settings.ts';
import type { Run, TenantRuns } from './run-state.ts';

const time = z.iso.datetime({ offset: true });

export const runView = z
  .object({
    object: z.literal('run'),
    id: z.string().meta({ description: 'The same at every attempt.' }),
    schedule: z.string(),
    trigger: z
      .enum(['schedule', 'made_up', 'manual'])
      .meta({ description: '`made_up`: it makes up for due times that were missed.' }),
    status: z.enum(['waiting', 'running', 'succeeded', 'dead', 'dropped']),
    scheduled_at: time.meta({ description: 'When it was due.' }),
    attempts: z.int(),
    next_attempt_at: time.nullable(),
    started_at: time.nullable().meta({ description: 'When the latest attempt began.' }),
    ended_at: time.nullable(),
    error: z.string().nullable().meta({ description: 'What the latest attempt failed with.' }),
  })
  .meta({ id: 'Run' });

export const scheduleView = z
  .object({
    object: z.literal('schedule'),
    name: z.string(),
    cron: z.string(),
    time_zone: z.string(),
    on_missed: z.enum(['skip', 'once', 'all']),
    next_due_at: time.nullable().meta({ description: '`null` while the tenant is not active.' }),
    last_run: runView.nullable(),
    missed: z
      .object({
        count: z.int(),
        more: z.boolean().meta({ description: 'There were more than were counted.' }),
        first: time,
        last: time,
        made_up: z.int(),
      })
      .nullable()
      .meta({ description: 'The latest due times that nobody was there for.' }),
  })
  .meta({ id: 'Schedule' });

export const deadLetterView = z
  .object({
    object: z.literal('dead_letter'),
    id: z.string(),
    kind: z.enum(['run', 'message']),
    schedule: z.string().nullable(),
    attempts: z.int(),
    error: z.string(),
    died_at: time,
    body: jsonValue.meta({ description: 'Of a message, as it was sent; `null` for a run.' }),
  })
  .meta({ id: 'DeadLetter' });

export type RunView = z.infer<typeof runView>;
export type ScheduleView = z.infer<typeof scheduleView>;
export type DeadLetterView = z.infer<typeof deadLetterView>;

export function toRunView(run: Run): RunView {
  return {
    object: 'run',
    id: run.id,
    schedule: run.schedule,
    trigger: run.trigger,
    status: run.status,
    scheduled_at: iso(run.scheduled_at),
    attempts: run.attempts,
    next_attempt_at: run.status === 'waiting' ? iso(run.due_at) : null,
    started_at: run.started_at === null ? null : iso(run.started_at),
    ended_at: run.ended_at === null ? null : iso(run.ended_at),
    error: run.error,
  };
}

/** Open ones first, then the latest that ended. */
export function toRunViews({ open, ended }: TenantRuns): RunView[] {
  return [...open.toReversed(), ...ended.toReversed()].map(toRunView);
}

export function toScheduleViews(runs: TenantRuns, nowMs: number): ScheduleView[] {
  const { source, settled, missed } = runs;
  const all = [...runs.open, ...runs.ended].toSorted((a, b) => latestOf(b) - latestOf(a));
  return (source?.schedules ?? []).map((schedule) => {
    const { name, cron, time_zone, on_missed } = schedule;
    const after = settled[name] ?? nowMs;
    const next = source?.status === 'active' ? nextDue(schedule, after) : undefined;
    const last = all.find((run) => run.schedule === name);
    const note = missed[name];
    return {
      object: 'schedule',
      name,
      cron,
      time_zone,
      on_missed,
      next_due_at: next === undefined ? null : iso(next),
      last_run: last === undefined ? null : toRunView(last),
      missed:
        note === undefined
          ? null
          : {
              count: note.count,
              more: note.more,
              first: iso(note.first),
              last: iso(note.last),
              made_up: note.making_up,
            },
    };
  });
}

export function toDeadLetterViews(
  runs: Pick<TenantRuns, 'dead'>,
  messages: readonly DeadMessage[],
): DeadLetterView[] {
  const ofRuns = runs.dead.map((run): DeadLetterView => {
    return {
      object: 'dead_letter',
      id: run.id,
      kind: 'run',
      schedule: run.schedule,
      attempts: run.attempts,
      error: run.error ?? '',
      died_at: iso(run.ended_at ?? run.scheduled_at),
      body: null,
    };
  });
  const ofMessages = messages.map((message): DeadLetterView => {
    return {
      object: 'dead_letter',
      id: message.id,
      kind: 'message',
      schedule: null,
      attempts: message.attempts,
      error: message.error,
      died_at: iso(message.dead_at),
      body: jsonValue.parse(JSON.parse(message.body)),
    };
  });
  return [...ofRuns, ...ofMessages].toSorted((a, b) => b.died_at.localeCompare(a.died_at));
}

const latestOf = (run: Run): number => run.ended_at ?? run.started_at ?? run.scheduled_at;

const iso = (ms: number): string => new Date(ms).toISOString();
