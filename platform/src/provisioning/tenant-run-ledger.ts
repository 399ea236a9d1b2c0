// What a Workflow run may say to its tenant's ledger, with refusals turned into the end of the run
// and anything else into a retry. Never reads the tenant's keys.
import type { Outcome } from '@z0-app/sdk';
import { LedgerError } from '@z0-app/sdk/errors';
import type { Env } from '../env.ts';
import { ledgerOf } from '../tenants/ledger-of.ts';
import type { RouteTarget } from '../tenants/tenant-projection.ts';
import type { TenantState } from '../tenants/tenant-state.ts';
import { giveUp, type TellStep } from './run-steps.ts';

export interface TenantRunLedger {
  readonly tell: TellStep;
  readonly read: () => Promise<TenantState>;
  readonly setRoute: (target: RouteTarget) => Promise<void>;
  /** Notes the version of the tenant template that was uploaded. */
  readonly uploaded: (version: string) => Promise<void>;
  readonly complete: (step: 'active' | 'deleted') => Promise<void>;
  readonly fail: (error: string) => Promise<void>;
}

export function tenantRunLedger(env: Env, tenantId: string, run: string): TenantRunLedger {
  // A fresh stub per call: one that broke with its object stays broken.
  const ledger = () => ledgerOf(env, tenantId);
  return {
    tell: async (name, phase, error) => {
      accepted(await ledger().recordStep(run, name, phase, error));
    },
    read: async () => accepted(await ledger().read()),
    setRoute: async (target) => {
      accepted(await ledger().setRoute(run, target));
    },
    uploaded: async (version) => {
      accepted(await ledger().recordUpload(run, version));
    },
    complete: async (step) => {
      accepted(await ledger().completeRun(run, step));
    },
    fail: async (error) => {
      accepted(await ledger().failRun(run, error));
    },
  };
}

/** For a run: a refusal ends it, anything else is tried again. */
export function accepted<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  const { code, detail } = outcome.error;
  if (code === 'conflict' || code === 'not_found') return giveUp(detail);
  throw new LedgerError(outcome.error);
}
