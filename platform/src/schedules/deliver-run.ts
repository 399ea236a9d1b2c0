// One attempt of one run of a schedule: what the tenant's Worker is sent, and what its answer means.
import * as z from 'zod';
import type { Env } from '../env.ts';
import { deliver } from './deliver.ts';
import type { Schedule } from './run-settings.ts';

export type RunResult =
  | { readonly kind: 'succeeded' }
  | {
      readonly kind: 'failed';
      readonly error: string;
      /** Whether the tenant's code may have run. */
      readonly reached: boolean;
      /** The code said that trying again is of no use. */
      readonly final: boolean;
    };

export interface Flight {
  readonly tenantId: string;
  readonly schedule: Schedule;
  readonly run: { readonly run_id: string; readonly scheduled_at: number };
  readonly attempt: number;
}

const answer = z.object({ error: z.string().nullable(), no_retry: z.boolean() });

export async function deliverRun(env: Env, flight: Flight): Promise<RunResult> {
  const { tenantId, schedule, run, attempt } = flight;
  const { name, cron, data } = schedule;
  const delivery = await deliver(env, {
    tenantId,
    path: '/internal/scheduled',
    id: run.run_id,
    body: {
      run_id: run.run_id,
      schedule: name,
      cron,
      scheduled_time: run.scheduled_at,
      attempt,
      data,
    },
  });
  if (delivery.kind === 'failed') return { ...delivery, final: false };
  const read = answer.safeParse(delivery.answer);
  if (!read.success) return failure('The Worker did not say how the run ended.', false);
  const { error, no_retry } = read.data;
  if (error === null) return { kind: 'succeeded' };
  return failure(error.slice(0, 300) || 'unknown error', no_retry);
}

function failure(error: string, final: boolean): RunResult {
  return { kind: 'failed', error, reached: true, final };
}
