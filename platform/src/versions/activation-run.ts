// Starts the Workflow of an activation and looks after it: creates each run once, wakes one that was
// interrupted, and says when one is beyond waking. It never does a step's work itself.
import type { Env } from '../env.ts';
import { createRun, nudgeInstance, type RunHealth } from '../tenants/tenant-run.ts';

/** Makes sure that the Workflow instance `run` exists. Safe to repeat. */
export async function ensureActivation(env: Env, tenantId: string, run: string): Promise<void> {
  await createRun(env.ACTIVATE_VERSION, run, { tenant_id: tenantId });
}

/** Looks at a run that has been quiet for a while. */
export async function nudgeActivation(env: Env, run: string): Promise<RunHealth> {
  return nudgeInstance(env.ACTIVATE_VERSION, run);
}
