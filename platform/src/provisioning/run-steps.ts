// Runs the steps of a tenant Workflow: each at least once, each told to the tenant's ledger, and on
// a permanent failure the finished ones undone in reverse. It knows no step's work.
import type { WorkflowStep, WorkflowStepConfig } from 'cloudflare:workers';
import { NonRetryableError } from 'cloudflare:workflows';
import type { StepPhase } from '../tenants/tenant-facts.ts';
import type { StepName } from '../tenants/tenant-state.ts';

export interface RunStep<Name extends string = StepName> {
  readonly name: Name;
  readonly config: WorkflowStepConfig;
  /** Must be safe to repeat after it half happened. Throws `NonRetryableError` to give up. */
  readonly run: () => Promise<void>;
  /** Set on the last step: it ends the run, and tells of its own success in the same commit. */
  readonly ends?: true;
  /** Takes back what `run` did, wholly or partly; must be safe to repeat. */
  readonly undo?: () => Promise<void>;
}

/** Where a run tells its story. A refusal means that the run is no longer in charge. */
export type TellStep<Name extends string = StepName> = (
  name: Name,
  phase: StepPhase,
  error?: string,
) => Promise<void>;

/** Retried for about two minutes: long enough for a restart or a slow edge, short enough to wait. */
export const PATIENT: WorkflowStepConfig = {
  retries: { limit: 8, delay: 500, backoff: 'exponential' },
  timeout: '1 minute',
};

/** Runs `steps` in order; answers with the error of the one that gave up, once all is undone. */
export async function runSteps<Name extends string>(
  step: WorkflowStep,
  steps: readonly RunStep<Name>[],
  tell: TellStep<Name>,
): Promise<string | undefined> {
  for (const [index, current] of steps.entries()) {
    try {
      await step.do(current.name, current.config, async () => {
        await tell(current.name, 'started');
        await current.run();
        if (current.ends !== true) await tell(current.name, 'succeeded');
      });
    } catch (error) {
      const detail = messageOf(error);
      // Told before anything is undone: if the run is no longer in charge, this ends it here.
      await step.do(`${current.name} failed`, PATIENT, async () => {
        await tell(current.name, 'failed', detail);
      });
      await undoSteps(step, steps.slice(0, index + 1).toReversed(), tell);
      return `${current.name}: ${detail}`;
    }
  }
  return undefined;
}

async function undoSteps<Name extends string>(
  step: WorkflowStep,
  steps: readonly RunStep<Name>[],
  tell: TellStep<Name>,
): Promise<void> {
  for (const { name, undo } of steps) {
    if (undo === undefined) continue;
    await step.do(`undo ${name}`, PATIENT, async () => {
      await undo();
      await tell(name, 'undone');
    });
  }
}

/** Gives up on a refusal that repeating cannot change. */
export function giveUp(detail: string): never {
  throw new NonRetryableError(detail);
}

/** One bounded line; a step's error is shown to the operator. */
function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const plain = text.replaceAll(/\s+/gu, ' ').replace(/^(?:\w*Error: )+/u, '');
  return plain.slice(0, 500) || 'unknown error';
}
