// What the facts about a tenant's runs add up to: the schedules in force, how far each is settled, the
// runs that are open and the latest that ended. Pure; it knows nothing of alarms, storage or HTTP.
import type { Fact } from '@z0-app/sdk';
import type { RunSettings, Schedule } from './run-settings.ts';

/** What the tenant's own ledger says: what may run now. */
export type RunSource = RunSettings & {
  tenant_id: string;
  plan: string;
  /** `paused` while the tenant is not active: nothing runs, nothing is lost. */
  status: 'active' | 'paused' | 'gone';
  /** `null` for the template without code of the tenant. */
  version_id: string | null;
};

export type Trigger = 'schedule' | 'made_up' | 'manual';

/** All times in milliseconds since 1970. */
export type Run = {
  /** The same at every attempt: what the tenant's code tells a repeat by. */
  id: string;
  schedule: string;
  trigger: Trigger;
  /** When it was due. */
  scheduled_at: number;
  status: 'waiting' | 'running' | 'succeeded' | 'dead' | 'dropped';
  /** Begun so far; one that never reached the tenant's Worker is not counted. */
  attempts: number;
  deferrals: number;
  /** Of one that waits: when it is tried next. */
  due_at: number;
  started_at: number | null;
  ended_at: number | null;
  /** What the last attempt failed with. */
  error: string | null;
};

export type MissedNote = {
  schedule: string;
  /** At least as many, when `more`. */
  count: number;
  more: boolean;
  first: number;
  last: number;
  /** Runs that make up for them. */
  making_up: number;
  noted_at: number;
};

export type TenantRuns = {
  source: RunSource | null;
  /** By schedule: due times up to this one have their run, or are noted as missed. */
  settled: Record<string, number>;
  /** By schedule, the latest time some were missed. */
  missed: Record<string, MissedNote>;
  open: Run[];
  /** The latest that ended, oldest first. Those before are facts alone. */
  ended: Run[];
  /** Failed for good and waiting for someone to look, oldest first. */
  dead: Run[];
};

export const NO_RUNS: TenantRuns = {
  source: null,
  settled: {},
  missed: {},
  open: [],
  ended: [],
  dead: [],
};

const KEPT_ENDED = 100;
const KEPT_DEAD = 200;

/** Of one due time: it cannot be made twice. */
export function runIdOf(schedule: string, scheduledAt: number): string {
  return `run_${schedule}_${scheduledAt}`;
}

export function scheduleNamed(state: TenantRuns, name: string): Schedule | undefined {
  return state.source?.schedules.find((one) => one.name === name);
}

/** The state after `fact`; the very same one when the fact says nothing of runs. */
export function evolveRuns(state: TenantRuns, fact: Pick<Fact, 'type' | 'subtype' | 'data'>) {
  // Edge: this ledger alone writes these facts, in `run-facts.ts`, whose types these are.
  const data = fact.data as unknown;
  switch (`${fact.type}/${fact.subtype ?? ''}`) {
    case 'schedule/in_force':
      return inForce(state, data as InForce);
    case 'run/missed':
      return missed(state, data as Missed);
    case 'run/queued':
      return queued(state, data as Queued);
    case 'run/started':
      return started(state, data as Started);
    case 'run/succeeded':
    case 'run/dead':
      return ended(state, data as Ended, fact.subtype === 'dead' ? 'dead' : 'succeeded');
    case 'run/failed':
      return failed(state, data as Failed);
    case 'run/redriven':
      return redriven(state, data as Redriven);
    default:
      return state;
  }
}

export type InForce = { source: RunSource; at: number };
export type Missed = MissedNote & { runs: { run_id: string; scheduled_at: number }[] };
export type Queued = {
  run_id: string;
  schedule: string;
  trigger: Trigger;
  scheduled_at: number;
  /** Who asked for it; nobody for one that was due. */
  by?: string;
};
export type Started = Queued & { attempt: number; at: number };
export type Ended = { run_id: string; attempt: number; at: number; error?: string };
export type Failed = {
  run_id: string;
  attempt: number;
  at: number;
  error: string;
  retry_at: number;
  /** False when the tenant's Worker was not reached. */
  counts: boolean;
};
export type Redriven = { run_id: string; at: number; by: string };

function inForce(state: TenantRuns, { source, at }: InForce): TenantRuns {
  const names = new Set(source.schedules.map(({ name }) => name));
  const settled = Object.fromEntries(
    source.schedules.map((schedule) => {
      const before = scheduleNamed(state, schedule.name);
      const isSame = before?.cron === schedule.cron && before.time_zone === schedule.time_zone;
      // Due times of a new timetable begin now.
      return [schedule.name, (isSame ? state.settled[schedule.name] : undefined) ?? at];
    }),
  );
  const missedOf = Object.entries(state.missed).filter(([name]) => names.has(name));
  const gone = state.open
    .filter(({ schedule }) => !names.has(schedule))
    .map((run): Run => ({ ...run, status: 'dropped', ended_at: at }));
  return {
    ...state,
    source,
    settled,
    missed: Object.fromEntries(missedOf),
    open: state.open.filter(({ schedule }) => names.has(schedule)),
    ended: [...state.ended, ...gone].slice(-KEPT_ENDED),
  };
}

function missed(state: TenantRuns, { runs, ...note }: Missed): TenantRuns {
  const { schedule } = note;
  const making = runs.map(({ run_id: id, scheduled_at }) =>
    waiting({ id, schedule, trigger: 'made_up', scheduled_at }, note.noted_at),
  );
  return {
    ...state,
    settled: { ...state.settled, [schedule]: note.last },
    missed: { ...state.missed, [schedule]: note },
    open: [...state.open, ...making],
  };
}

function queued(state: TenantRuns, data: Queued): TenantRuns {
  const { run_id: id, schedule, trigger, scheduled_at } = data;
  const run = waiting({ id, schedule, trigger, scheduled_at }, scheduled_at);
  const next = { ...state, open: [...state.open, run] };
  return trigger === 'schedule' ? settle(next, schedule, scheduled_at) : next;
}

function started(state: TenantRuns, data: Started): TenantRuns {
  const { run_id: id, schedule, trigger, scheduled_at, attempt, at } = data;
  const before = state.open.find((run) => run.id === id);
  const run: Run = {
    ...(before ?? waiting({ id, schedule, trigger, scheduled_at }, at)),
    status: 'running',
    attempts: attempt,
    started_at: at,
  };
  const open = before === undefined ? [...state.open, run] : replaced(state.open, run);
  const next = { ...state, open };
  return before === undefined ? settle(next, schedule, scheduled_at) : next;
}

function ended(state: TenantRuns, data: Ended, status: 'succeeded' | 'dead'): TenantRuns {
  const run = state.open.find(({ id }) => id === data.run_id);
  if (run === undefined) return state;
  const over: Run = { ...run, status, ended_at: data.at, error: data.error ?? null };
  return {
    ...state,
    open: state.open.filter(({ id }) => id !== over.id),
    ended: [...state.ended, over].slice(-KEPT_ENDED),
    dead: status === 'dead' ? [...state.dead, over].slice(-KEPT_DEAD) : state.dead,
  };
}

function failed(state: TenantRuns, data: Failed): TenantRuns {
  const run = state.open.find(({ id }) => id === data.run_id);
  if (run === undefined) return state;
  const next: Run = {
    ...run,
    status: 'waiting',
    attempts: data.counts ? run.attempts : run.attempts - 1,
    deferrals: data.counts ? run.deferrals : run.deferrals + 1,
    due_at: data.retry_at,
    error: data.error,
  };
  return { ...state, open: replaced(state.open, next) };
}

function redriven(state: TenantRuns, { run_id, at }: Redriven): TenantRuns {
  const run = state.dead.find(({ id }) => id === run_id);
  if (run === undefined) return state;
  return {
    ...state,
    dead: state.dead.filter(({ id }) => id !== run_id),
    open: [...state.open, waiting(run, at)],
  };
}

function waiting(
  run: Pick<Run, 'id' | 'schedule' | 'trigger' | 'scheduled_at'>,
  dueAt: number,
): Run {
  const { id, schedule, trigger, scheduled_at } = run;
  const none = { started_at: null, ended_at: null, error: null };
  const counts = { attempts: 0, deferrals: 0 };
  return {
    id,
    schedule,
    trigger,
    scheduled_at,
    status: 'waiting',
    due_at: dueAt,
    ...counts,
    ...none,
  };
}

function settle(state: TenantRuns, schedule: string, upTo: number): TenantRuns {
  const before = state.settled[schedule] ?? 0;
  return { ...state, settled: { ...state.settled, [schedule]: Math.max(before, upTo) } };
}

function replaced(runs: readonly Run[], run: Run): Run[] {
  return runs.map((one) => (one.id === run.id ? run : one));
}
