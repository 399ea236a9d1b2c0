// What the API shows of a tenant, its runs and its keys: the schemas and how state becomes them.
// Pure; a key's hash is never part of any of it.
import * as z from 'zod';
import { PLAN_NAMES } from './plans.ts';
import type { Run, TenantKey, TenantState } from './tenant-state.ts';

const time = z.iso.datetime({ offset: true });

const status = z.enum(['provisioning', 'active', 'suspended', 'failed', 'deleting', 'deleted']);

export const runView = z
  .object({
    id: z.string(),
    status: z.enum(['queued', 'running', 'succeeded', 'failed']),
    error: z.string().optional(),
    steps: z.array(
      z.object({
        name: z.string(),
        status: z.enum(['pending', 'running', 'succeeded', 'failed', 'undone']),
        started_at: time.nullable(),
        ended_at: time.nullable(),
        error: z.string().optional(),
      }),
    ),
  })
  .meta({ id: 'Run', description: 'One run of a tenant Workflow, step by step.' });

const tenantFields = {
  object: z.literal('tenant'),
  id: z.string(),
  name: z.string(),
  plan: z.string().meta({ examples: [...PLAN_NAMES] }),
  status,
  created_at: time,
  updated_at: time,
};

/** A tenant in a list: what the index knows. */
export const tenantSummary = z.object(tenantFields).meta({ id: 'TenantSummary' });

export const tenantView = z
  .object({ ...tenantFields, provisioning: runView, deprovisioning: runView.optional() })
  .meta({ id: 'Tenant' });

export const provisioningView = z
  .object({ object: z.literal('provisioning'), tenant_id: z.string(), ...runView.shape })
  .meta({ id: 'Provisioning', description: 'The latest run: onboarding, or deletion.' });

export const keyView = z
  .object({
    object: z.literal('key'),
    id: z.string(),
    client_id: z.string().meta({ description: 'The same as `id`: what /oauth/token calls it.' }),
    tenant_id: z.string(),
    label: z.string().nullable(),
    status: z.enum(['live', 'revoked']),
    created_at: time,
    revoked_at: time.nullable(),
  })
  .meta({ id: 'Key' });

export const newKeyView = keyView
  .extend({
    client_secret: z.string().nullable().meta({
      description: 'Shown once, here. `null` on a replay: the platform keeps only its hash.',
    }),
  })
  .meta({ id: 'NewKey' });

export function toTenantView(state: TenantState): z.infer<typeof tenantView> {
  const { id, name, plan, created_at, updated_at, deprovisioning } = state;
  return {
    object: 'tenant',
    id,
    name,
    plan,
    status: state.status,
    created_at,
    updated_at,
    provisioning: toRunView(state.provisioning),
    ...(deprovisioning !== null && { deprovisioning: toRunView(deprovisioning) }),
  };
}

export function toRunView(run: Run): z.infer<typeof runView> {
  return {
    id: run.id,
    status: run.status,
    ...(run.error !== null && { error: run.error }),
    steps: run.steps.map(({ name, status, started_at, ended_at, error }) => {
      return { name, status, started_at, ended_at, ...(error !== null && { error }) };
    }),
  };
}

export function toProvisioningView(state: TenantState): z.infer<typeof provisioningView> {
  const run = state.deprovisioning ?? state.provisioning;
  return { object: 'provisioning', tenant_id: state.id, ...toRunView(run) };
}

export function toKeyView(tenantId: string, key: TenantKey): z.infer<typeof keyView> {
  return {
    object: 'key',
    id: key.id,
    client_id: key.id,
    tenant_id: tenantId,
    label: key.label,
    status: key.revoked_at === null ? 'live' : 'revoked',
    created_at: key.created_at,
    revoked_at: key.revoked_at,
  };
}
