// The vocabulary of a tenant's run ledger: how each fact is written, and when it is refused. Pure;
// `run-state.ts` says what each fact means.
import type { Fact, FactInput, JsonObject } from '@z0-app/sdk';
import type {
  Ended,
  Failed,
  InForce,
  Missed,
  Queued,
  Redriven,
  Started,
  TenantRuns,
} from './run-state.ts';

export const runFacts = {
  inForce: (data: InForce): FactInput => ({ type: 'schedule', subtype: 'in_force', data }),
  missed: (data: Missed): FactInput => ofRun('missed', data),
  queued: (data: Queued): FactInput => ofRun('queued', data),
  started: (data: Started): FactInput => ofRun('started', data),
  succeeded: (data: Ended): FactInput => ofRun('succeeded', data),
  failed: (data: Failed): FactInput => ofRun('failed', data),
  dead: (data: Ended): FactInput => ofRun('dead', data),
  redriven: (data: Redriven): FactInput => ofRun('redriven', data),
};

function ofRun(subtype: string, data: JsonObject): FactInput {
  return { type: 'run', subtype, data };
}

type Said = Pick<Fact, 'type' | 'subtype' | 'data'>;

/** Why `fact` may not follow on `state`, in a sentence; `undefined` when it may. */
export function runRefusal(state: TenantRuns, fact: Said): string | undefined {
  if (fact.type !== 'run') return undefined;
  const { schedule, run_id: id } = fact.data;
  switch (fact.subtype ?? '') {
    case 'missed':
      return settledRefusal(state, schedule, fact.data['last']);
    case 'queued':
      return repeatRefusal(state, fact.data) ?? scheduleRefusal(state, schedule);
    case 'started':
      return startRefusal(state, fact.data);
    case 'redriven':
      return redriveRefusal(state, id);
    default:
      return endRefusal(state, fact.data);
  }
}

function redriveRefusal(state: TenantRuns, id: unknown): string | undefined {
  const run = state.dead.find((one) => one.id === id);
  if (run === undefined) return 'No such run is dead.';
  const isThere = scheduleRefusal(state, run.schedule) === undefined;
  return isThere
    ? undefined
    : `The live version has no schedule ${run.schedule}; make one live that has it.`;
}

/** A due time that has its run, or was noted as missed, gets no other. */
function startRefusal(state: TenantRuns, data: JsonObject): string | undefined {
  const run = state.open.find(({ id }) => id === data['run_id']);
  if (data['attempt'] !== (run?.attempts ?? 0) + 1) return 'Another attempt is next.';
  if (run === undefined) {
    return data['trigger'] === 'schedule'
      ? (scheduleRefusal(state, data['schedule']) ??
          settledRefusal(state, data['schedule'], data['scheduled_at']))
      : 'The run is over.';
  }
  return run.status === 'waiting' ? undefined : 'An attempt is under way.';
}

function endRefusal(state: TenantRuns, data: JsonObject): string | undefined {
  const run = state.open.find(({ id }) => id === data['run_id']);
  if (run?.status === 'running' && run.attempts === data['attempt']) return undefined;
  return 'The attempt is over.';
}

function repeatRefusal(state: TenantRuns, data: JsonObject): string | undefined {
  const id = data['run_id'];
  if ([...state.open, ...state.ended].some((run) => run.id === id)) return 'The run is there.';
  if (data['trigger'] !== 'schedule') return undefined;
  return settledRefusal(state, data['schedule'], data['scheduled_at']);
}

function settledRefusal(state: TenantRuns, name: unknown, time: unknown): string | undefined {
  const settled = state.settled[String(name)] ?? 0;
  return Number(time) > settled ? undefined : 'This due time is settled.';
}

function scheduleRefusal({ source }: TenantRuns, name: unknown): string | undefined {
  const isThere = source?.schedules.some((one) => one.name === name) ?? false;
  return isThere ? undefined : 'There is no such schedule.';
}
