// Onboards the demo tenants and gives each a day of facts, through the same public APIs as any
// client. A tenant already seeded is left alone; one whose seeding died is finished.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CliError } from '../cli/cli-error.ts';
import type { Session } from '../cli/context.ts';
import { onboardTenant } from '../cli/onboard-tenant.ts';
import { call, objectOf, requestToken } from '../cli/platform-client.ts';
import { DEMO_TENANTS, type DemoAccount, type DemoTenant, dayOfFacts } from './demo-tenants.ts';

export async function seedDemoTenants(
  session: Session,
  report: (line: string) => void,
): Promise<void> {
  const marker = join(session.stateDir, 'seeded.json');
  const seeded = readSeeded(marker);
  const missing = DEMO_TENANTS.filter(({ id }) => !seeded.includes(id));
  await Promise.all(
    missing.map(async (tenant) => {
      const { id, name } = tenant;
      const credentials = await onboardTenant(session, { id, name }, () => undefined);
      const result = await requestToken(session.local.platform_url, credentials);
      if ('refused' in result) throw new CliError(`no token for the demo tenant ${id}`);
      const facts = await seedLedgers(session.local.dispatcher_url, result.token, tenant);
      report(`demo tenant ${id}: ${tenant.accounts.length} accounts, ${facts} facts`);
    }),
  );
  if (missing.length > 0) writeFileSync(marker, JSON.stringify(DEMO_TENANTS.map(({ id }) => id)));
}

async function seedLedgers(url: string, token: string, tenant: DemoTenant): Promise<number> {
  let count = 0;
  for (const account of tenant.accounts) count += await seedAccount(url, token, tenant, account);
  const [first] = tenant.accounts;
  for (let index = 0; first !== undefined && index < tenant.refusedCharges; index += 1) {
    const { currency, credit_limit: limit } = first.data;
    const data = { amount: limit * 2 + index, currency, memo: 'Over the limit' };
    const body = { entity_id: first.id, type: 'charge', data };
    const { status } = await call(url, token, 'POST', '/v1/facts', { body });
    if (status !== 422)
      throw new CliError(`a charge over the limit was answered ${status}, not refused`);
  }
  return count;
}

async function seedAccount(
  url: string,
  token: string,
  tenant: DemoTenant,
  account: DemoAccount,
): Promise<number> {
  const key = `seed-${tenant.id}-${account.id}`;
  const entity = { type: 'account', id: account.id, data: account.data };
  const created = await call(url, token, 'POST', '/v1/entities', {
    body: entity,
    idempotencyKey: `${key}-create`,
  });
  if (created.status !== 201) throw seedError(account, created.body);
  const facts = dayOfFacts(tenant, account, Date.now());
  const appended = await call(url, token, 'POST', '/v1/facts/batch', {
    body: { entity_id: account.id, facts },
    idempotencyKey: `${key}-facts`,
  });
  // A second try has other timestamps under the same key: the first one's facts are there.
  const there = objectOf(appended.body).code === 'idempotency_key_reused';
  if (appended.status !== 201 && !there) throw seedError(account, appended.body);
  return facts.length;
}

function seedError(account: DemoAccount, body: unknown): CliError {
  return new CliError(`seeding ${account.id} failed: ${JSON.stringify(body)}`);
}

function readSeeded(marker: string): string[] {
  if (!existsSync(marker)) return [];
  const value: unknown = JSON.parse(readFileSync(marker, 'utf8'));
  return Array.isArray(value) ? value.map(String) : [];
}
