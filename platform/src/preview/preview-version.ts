// The Workflow of a preview that was asked for by itself. Kill it anywhere and it starts over; what it
// leaves behind is a report, and no script.
import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers';
import type { Env, RunParams } from '../env.ts';
import { giveUp, PATIENT } from '../provisioning/run-steps.ts';
import { accepted } from '../provisioning/tenant-run-ledger.ts';
import { ledgerOf } from '../tenants/ledger-of.ts';
import { runPreview } from './run-preview.ts';

/** Longer than a preview may take, with the script's upload. */
export const PREVIEW_STEP = {
  retries: { limit: 2, delay: 500, backoff: 'exponential' },
  timeout: '5 minutes',
} as const;

export class PreviewVersion extends WorkflowEntrypoint<Env, RunParams> {
  override async run(event: WorkflowEvent<RunParams>, step: WorkflowStep): Promise<string> {
    const tenantId = event.payload.tenant_id;
    const id = event.instanceId;
    const ledger = () => ledgerOf(this.env, tenantId);
    try {
      await step.do('replay', PREVIEW_STEP, async () => {
        const { previews } = accepted(await ledger().readPreviews());
        const preview = previews.find((one) => one.id === id);
        if (preview === undefined) giveUp('The preview is not known any more.');
        if (preview.status !== 'running') return;
        accepted(await ledger().recordPreview(await runPreview(this.env, tenantId, preview)));
      });
      return 'finished';
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      await step.do('failed', PATIENT, async () => {
        accepted(await ledger().failPreview(id, words.slice(0, 500)));
      });
      return 'failed';
    }
  }
}
