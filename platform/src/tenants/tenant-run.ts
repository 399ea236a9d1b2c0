// Starts a tenant's Workflow runs and looks after them: creates each exactly once, wakes one that
// was interrupted, and says when one is beyond waking. It never does a step's work itself.
import { LedgerError } from '@z0-app/sdk/errors';
import type { Env, RunParams } from '../env.ts';
import { currentRun, type TenantState } from './tenant-state.ts';

/** Cloudflare's code for "an instance with this id exists". */
const INSTANCE_EXISTS = 10405;

const WATCH_DELAY_MS = 10_000;
const MAX_WATCH_DELAY_MS = 30 * 60_000;

/**
 * How long the current run may be quiet before it is looked at: ten seconds, and longer each time a
 * run had to be replaced, so that a lasting refusal does not fill the ledger.
 */
export function watchDelayMs(state: TenantState): number {
  return Math.min(WATCH_DELAY_MS * 2 ** Math.max(0, state.runs - 2), MAX_WATCH_DELAY_MS);
}

/** The Workflow's state as the ledger cares: going on, or over without having said so. */
export type RunHealth = { alive: true } | { alive: false; cause: string };

/** Makes sure that the Workflow instance of the current run exists. Safe to repeat. */
export async function ensureRun(env: Env, state: TenantState): Promise<void> {
  const run = currentRun(state);
  if (run === undefined) return;
  await createRun(workflowFor(env, state), run.id, { tenant_id: state.id });
}

/** Makes sure that the instance `id` exists. */
export async function createRun(
  workflow: Workflow<RunParams>,
  id: string,
  params: RunParams,
): Promise<void> {
  const { errors } = await workflow.createBatch({ instances: [{ id, params }] });
  const failure = errors.find((error) => error.code !== INSTANCE_EXISTS);
  if (failure !== undefined) {
    throw new LedgerError({
      code: 'internal',
      detail: `The run ${id} was not created: ${failure.message} (${failure.code})`,
    });
  }
}

/** Looks at the current run after it has been quiet for a while. */
export async function nudgeRun(env: Env, state: TenantState): Promise<RunHealth> {
  const run = currentRun(state);
  if (run === undefined) return { alive: true };
  return nudgeInstance(workflowFor(env, state), run.id);
}

/**
 * An instance whose host was killed stays where it was until something addresses it; the event does
 * that and means nothing to the run itself.
 */
export async function nudgeInstance(workflow: Workflow<RunParams>, id: string): Promise<RunHealth> {
  const instance = await workflow.get(id);
  const { status } = await instance.status();
  if (status === 'errored' || status === 'terminated' || status === 'complete') {
    return { alive: false, cause: `the Workflow is ${status}` };
  }
  await instance.sendEvent({ type: 'nudge', payload: {} });
  return { alive: true };
}

function workflowFor(env: Env, state: TenantState): Env['PROVISION_TENANT'] {
  return state.status === 'deleting' ? env.DEPROVISION_TENANT : env.PROVISION_TENANT;
}
