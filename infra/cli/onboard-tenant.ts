// Onboards one tenant through the platform API and keeps its first credentials. Can be repeated
// after it died anywhere: what is there already is used.
import { CliError } from './cli-error.ts';
import type { Session } from './context.ts';
import { refusal } from './context.ts';
import {
  readTenantCredentials,
  saveTenantCredentials,
  type TenantCredentials,
} from './local-state.ts';
import { call, objectOf } from './platform-client.ts';

export interface NewTenant {
  readonly id: string;
  readonly name: string;
  readonly plan?: string;
}

export interface OnboardedTenant extends TenantCredentials {
  readonly id: string;
  readonly status: string;
}

const WAIT_LIMIT_MS = 60_000;
const POLL_MS = 100;

/** Resolves once the tenant answers requests; `progress` hears each finished step. */
export async function onboardTenant(
  session: Session,
  tenant: NewTenant,
  progress: (line: string) => void,
): Promise<OnboardedTenant> {
  const { platform_url: url, operator_token: token } = session.local;
  const created = await call(url, token, 'POST', '/v1/tenants', { body: tenant });
  const exists =
    created.status === 409 && readTenantCredentials(session.stateDir)[tenant.id] === undefined;
  if (created.status >= 300 && created.status !== 409) throw refusal(created);
  if (exists) {
    const { body } = await session.operator('GET', `/v1/tenants/${tenant.id}`);
    if (objectOf(body).name !== tenant.name) throw refusal(created);
  }
  await waitUntilActive(session, tenant.id, progress);
  const known = readTenantCredentials(session.stateDir)[tenant.id];
  const credentials = known ?? (await firstKey(session, tenant.id));
  return { id: tenant.id, status: 'active', ...credentials };
}

async function waitUntilActive(
  session: Session,
  id: string,
  progress: (line: string) => void,
): Promise<void> {
  const told = new Set<string>();
  const deadline = Date.now() + WAIT_LIMIT_MS;
  while (Date.now() < deadline) {
    const { body } = await session.operator('GET', `/v1/tenants/${id}`);
    const { status, provisioning } = objectOf(body);
    const { steps } = objectOf(provisioning);
    for (const step of (Array.isArray(steps) ? steps : []).map(objectOf)) {
      const name = String(step.name);
      if (step.status !== 'succeeded' || told.has(name)) continue;
      told.add(name);
      progress(`  ${id}: ${name}`);
    }
    if (status === 'active') return;
    if (status === 'failed') {
      throw new CliError(`onboarding ${id} failed`, `see why with \`npx z0 tenant show ${id}\``);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new CliError(
    `${id} is not ready after ${WAIT_LIMIT_MS / 1000} s`,
    `it goes on in the background; look with \`npx z0 tenant show ${id}\``,
  );
}

async function firstKey(session: Session, id: string): Promise<TenantCredentials> {
  const { body } = await session.operator('POST', `/v1/tenants/${id}/keys`, { body: {} });
  const { client_id: clientId, client_secret: clientSecret } = objectOf(body);
  const credentials = { client_id: String(clientId), client_secret: String(clientSecret) };
  saveTenantCredentials(session.stateDir, id, credentials);
  return credentials;
}
