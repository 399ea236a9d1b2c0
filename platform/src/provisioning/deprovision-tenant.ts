// The Workflow that takes a tenant away: first nobody reaches it, then its Worker goes and its
// Durable Objects with it. There is no way back, so nothing here is ever undone; it is retried.
import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers';
import { LedgerError } from '@z0-app/sdk/errors';
import type { Env, RunParams } from '../env.ts';
import { deleteReports } from '../preview/preview-report.ts';
import { deleteStoredVersions } from '../versions/version-store.ts';
import { removeWorker } from './provision-tenant.ts';
import { PATIENT, type RunStep, runSteps } from './run-steps.ts';
import { tenantRunLedger } from './tenant-run-ledger.ts';

export class DeprovisionTenant extends WorkflowEntrypoint<Env, RunParams> {
  override async run(event: WorkflowEvent<RunParams>, step: WorkflowStep): Promise<string> {
    const tenantId = event.payload.tenant_id;
    const ledger = tenantRunLedger(this.env, tenantId, event.instanceId);
    const steps: RunStep[] = [
      { name: 'route', config: PATIENT, run: async () => ledger.setRoute('deleted') },
      {
        name: 'script',
        config: PATIENT,
        run: async () => {
          await removeWorker(this.env, tenantId);
          await deleteStoredVersions(this.env.ARTEFACTS, tenantId);
          await deleteReports(this.env.ARTEFACTS, tenantId);
        },
      },
      { name: 'deleted', config: PATIENT, ends: true, run: async () => ledger.complete('deleted') },
    ];
    const error = await runSteps(step, steps, ledger.tell);
    if (error === undefined) return 'deleted';
    // The tenant stays "deleting"; its ledger sees the failed run and starts another.
    throw new LedgerError({ code: 'internal', detail: error });
  }
}
