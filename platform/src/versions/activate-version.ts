// The Workflow that makes one version of a tenant's code live, or puts back what was live before. Kill
// it after any step and it goes on from there; the Cloudflare API is called only through provisioning.

import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers';
import { type TenantArtefact, uploadUserWorker } from '@z0-app/provisioning';
import type { Env, RunParams } from '../env.ts';
import { heldBackBy, previewGate } from '../preview/preview-gate.ts';
import { PREVIEW_STEP } from '../preview/preview-version.ts';
import { apiFor, secretsOf, settled } from '../provisioning/provision-tenant.ts';
import { giveUp, PATIENT, type RunStep, runSteps } from '../provisioning/run-steps.ts';
import { answersAs, smokeTest } from '../provisioning/smoke-test.ts';
import { accepted } from '../provisioning/tenant-run-ledger.ts';
import { noSecretUnderWay } from '../tenant-secrets/change-secret.ts';
import { ledgerOf } from '../tenants/ledger-of.ts';
import { planOf } from '../tenants/plans.ts';
import type { TenantState } from '../tenants/tenant-state.ts';
import {
  deployedClasses,
  keptVersion,
  nameOf,
  templateArtefact,
  versionArtefact,
} from './compose-version.ts';
import type { ActivationStep } from './version-facts.ts';
import { type Activation, runningActivation, type TenantVersions } from './version-state.ts';

export class ActivateVersion extends WorkflowEntrypoint<Env, RunParams> {
  override async run(event: WorkflowEvent<RunParams>, step: WorkflowStep): Promise<string> {
    const tenantId = event.payload.tenant_id;
    const run = event.instanceId;
    const ledger = () => ledgerOf(this.env, tenantId);
    const end = async () => {
      accepted(await ledger().endActivation(run));
    };
    const steps = activationSteps(this.env, tenantId, run, end);
    const error = await runSteps(step, steps, async (name, phase, cause) => {
      accepted(await ledger().tellActivation(run, name, phase, cause));
    });
    if (error === undefined) return 'active';
    await step.do('failed', PATIENT, async () => {
      const code = await heldBackBy(this.env, tenantId, run);
      const failure = { error, restored: true, ...(code && { code }) };
      accepted(await ledger().endActivation(run, failure));
    });
    return 'failed';
  }
}

function activationSteps(
  env: Env,
  tenantId: string,
  run: string,
  end: () => Promise<void>,
): RunStep<ActivationStep>[] {
  return [
    {
      name: 'preview',
      config: PREVIEW_STEP,
      run: async () => {
        const { activation } = await readRun(env, tenantId, run);
        const stop = await previewGate(env, tenantId, activation);
        if (stop !== undefined) giveUp(stop);
      },
    },
    {
      name: 'upload',
      config: PATIENT,
      run: async () => upload(env, tenantId, run, 'to'),
      undo: async () => upload(env, tenantId, run, 'from'),
    },
    {
      name: 'smoke',
      // The route is there already, and what does not answer should not stay live for long.
      config: { ...PATIENT, retries: { limit: 3, delay: 250, backoff: 'exponential' } },
      run: async () => smoke(env, tenantId, run),
    },
    // After the version has answered, so that one that does not has deleted nothing.
    { name: 'delete', config: PATIENT, run: async () => deleteClasses(env, tenantId, run) },
    { name: 'active', config: PATIENT, ends: true, run: end },
  ];
}

/** Uploads one of the activation's two sides, no class deleted; only while `run` is in charge. */
async function upload(env: Env, tenantId: string, run: string, side: 'from' | 'to'): Promise<void> {
  const { versions, activation, tenant } = await readRun(env, tenantId, run);
  const id = activation[side];
  const other = side === 'to' ? activation.from : activation.to;
  const { api, target } = apiFor(env, tenantId);
  const deployed = await deployedClasses(api, target);
  if (id === null) {
    // Only one of the two sides is without code; the other says what template it stands on.
    const latest = other === null ? '' : keptVersion(versions, other).template_version;
    const artefact = await templateArtefact(env, {
      was: tenant.artefact ?? null,
      latest,
      deployed,
    });
    return deploy(env, tenant, artefact);
  }
  const version = keptVersion(versions, id);
  const composition = { tenantId, version, deployed, deletes: false };
  await deploy(env, tenant, await versionArtefact(env, composition));
}

/** What was uploaded answers, and not what was live before it. */
async function smoke(env: Env, tenantId: string, run: string): Promise<void> {
  const { versions, activation } = await readRun(env, tenantId, run);
  const { to } = activation;
  const name = nameOf(to === null ? null : keptVersion(versions, to));
  await smokeTest(env, secretsOf(env), tenantId);
  await answersAs(env, secretsOf(env), tenantId, name);
}

/** Deletes the classes that the version names, the first time that it becomes live. */
async function deleteClasses(env: Env, tenantId: string, run: string): Promise<void> {
  const { versions, activation, tenant } = await readRun(env, tenantId, run);
  if (activation.to === null) return;
  const version = keptVersion(versions, activation.to);
  if (version.activated_at !== null || version.delete_classes.length === 0) return;
  const { api, target } = apiFor(env, tenantId);
  const deployed = await deployedClasses(api, target);
  const composition = { tenantId, version, deployed, deletes: true };
  await deploy(env, tenant, await versionArtefact(env, composition));
}

async function readRun(env: Env, tenantId: string, run: string) {
  const ledger = ledgerOf(env, tenantId);
  const versions = accepted(await ledger.readVersions());
  return { versions, activation: inCharge(versions, run), tenant: accepted(await ledger.read()) };
}

async function deploy(env: Env, tenant: TenantState, artefact: TenantArtefact): Promise<void> {
  const { plan, id } = tenant;
  const { limits } = await planOf(env, tenant);
  await noSecretUnderWay(env, id);
  const { api, target } = apiFor(env, id);
  settled(await uploadUserWorker(api, target, artefact, { plan, limits }));
  await ledgerOf(env, id).noteUpload(plan, limits);
}

function inCharge(versions: TenantVersions, run: string): Activation {
  const activation = runningActivation(versions);
  return activation?.run === run ? activation : giveUp('The run is over.');
}
