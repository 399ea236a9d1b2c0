// The Workflow that makes a requested tenant real, or leaves nothing of it behind. Kill it after any
// step and it goes on from there; the Cloudflare API is called only through provisioning.
import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers';
import { type IssuerRecord, issuerKey } from '@z0-app/dispatcher/route-record';
import { createCloudflareApi, deleteUserWorker, uploadUserWorker } from '@z0-app/provisioning';
import { LedgerError } from '@z0-app/sdk/errors';
import type { Env, RunParams } from '../env.ts';
import { readSecrets, type Secrets } from '../secrets.ts';
import { ledgerOf } from '../tenants/ledger-of.ts';
import { planOf } from '../tenants/plans.ts';
import { publicJwks } from '../tokens/signing-keys.ts';
import { giveUp, PATIENT, type RunStep, runSteps } from './run-steps.ts';
import { smokeTest } from './smoke-test.ts';
import { readCurrentArtefact } from './tenant-artefact.ts';
import { type TenantRunLedger, tenantRunLedger } from './tenant-run-ledger.ts';

export class ProvisionTenant extends WorkflowEntrypoint<Env, RunParams> {
  override async run(event: WorkflowEvent<RunParams>, step: WorkflowStep): Promise<string> {
    const tenantId = event.payload.tenant_id;
    const ledger = tenantRunLedger(this.env, tenantId, event.instanceId);
    const steps = provisionSteps(this.env, tenantId, ledger);
    const error = await runSteps(step, steps, ledger.tell);
    if (error === undefined) return 'active';
    await step.do('failed', PATIENT, async () => ledger.fail(error));
    return 'failed';
  }
}

function provisionSteps(env: Env, tenantId: string, ledger: TenantRunLedger): RunStep[] {
  return [
    { name: 'reserve', config: PATIENT, run: async () => void secretsOf(env) },
    { name: 'keys', config: PATIENT, run: async () => publishIssuer(env) },
    {
      name: 'upload',
      config: PATIENT,
      run: async () => {
        const { plan } = await ledger.read();
        await ledger.uploaded(await upload(env, tenantId, plan));
      },
      undo: async () => removeWorker(env, tenantId),
    },
    {
      name: 'route',
      config: PATIENT,
      run: async () => ledger.setRoute('active'),
      undo: async () => ledger.setRoute('absent'),
    },
    {
      name: 'smoke',
      // A new route can take a minute to be seen everywhere: KV is eventually consistent.
      config: { ...PATIENT, retries: { limit: 9, delay: 250, backoff: 'exponential' } },
      run: async () => smokeTest(env, secretsOf(env), tenantId),
    },
    { name: 'active', config: PATIENT, ends: true, run: async () => ledger.complete('active') },
  ];
}

/** Throws for a retry while a secret is missing: the operator can still set it. */
export function secretsOf(env: Env): Secrets {
  const secrets = readSecrets(env);
  if (!secrets.ok) throw new LedgerError(secrets.error);
  return secrets.value;
}

/** Makes sure that the dispatcher can check tokens signed with the current keys. */
async function publishIssuer(env: Env): Promise<void> {
  const jwks = publicJwks(secretsOf(env).signingKeys);
  const record: IssuerRecord = { issuer: env.ISSUER, tenant_id: null, jwks };
  const wanted = JSON.stringify(record);
  const key = issuerKey(env.ISSUER);
  if ((await env.ROUTES.get(key)) !== wanted) await env.ROUTES.put(key, wanted);
}

/** Answers the version that was uploaded. */
async function upload(env: Env, tenantId: string, plan: string): Promise<string> {
  const artefact = await readCurrentArtefact(env.ARTEFACTS);
  const { api, target } = apiFor(env, tenantId);
  const { limits } = await planOf(env, { plan });
  settled(await uploadUserWorker(api, target, artefact, { plan, limits }));
  await ledgerOf(env, tenantId).noteUpload(plan, limits);
  return artefact.version;
}

export async function removeWorker(env: Env, tenantId: string): Promise<void> {
  const { api, target } = apiFor(env, tenantId);
  settled(await deleteUserWorker(api, target));
}

/** The API client, and whose Worker it is about. */
export function apiFor(env: Env, tenantId: string) {
  const apiToken = secretsOf(env).apiToken;
  return {
    api: createCloudflareApi({ apiToken, baseURL: env.CLOUDFLARE_API_BASE_URL }),
    target: {
      accountId: env.CLOUDFLARE_ACCOUNT_ID,
      namespace: env.DISPATCH_NAMESPACE,
      tenantId,
    },
  };
}

/** Both calls are idempotent, so an ambiguous answer is simply asked again. */
export function settled(outcome: Awaited<ReturnType<typeof deleteUserWorker>>): void {
  if (outcome.ok) return;
  if (outcome.kind === 'refused') giveUp(outcome.detail);
  throw new LedgerError({ code: 'worker_failed', detail: outcome.detail });
}
