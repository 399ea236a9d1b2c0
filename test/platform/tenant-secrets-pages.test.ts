// Secrets of a tenant's code as the operator and the tenant see them: names and who set them.
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { ledgerOf } from '../../platform/src/tenants/ledger-of.ts';
import { html, signIn } from './dashboard-world.ts';
import { openPortal } from './portal-world.ts';
import { addVersion } from './versions-world.ts';
import { activeTenant } from './world.ts';

it('the operator and the tenant see what is set, what is missing, and what nobody is sure of', async () => {
  const { tenant, cookie } = await openPortal();
  await addVersion(tenant, { secrets: ['API_KEY', 'MAIL_KEY'] });
  const ledger = ledgerOf(env, tenant);
  const context = { tenantId: tenant, principal: 'operator', route: 'test' };
  const start = () => ledger.startSecretChange({ kind: 'put', name: 'API_KEY' }, context);
  const pages = async () => [
    await html('/portal/versions', cookie),
    await html(`/dashboard/tenants/${tenant}`, await signIn()),
  ];

  const started = await start();
  expect(started.ok).toBe(true);
  for (const page of await pages()) {
    expect(page).toContain('waits for API_KEY, MAIL_KEY');
    expect(page).toContain('0 set');
  }
  const change = started.ok && 'change' in started.value ? started.value.change.id : '';
  expect((await ledger.endSecretChange(change, 'made')).ok).toBe(true);
  for (const page of await pages()) {
    expect(page).toContain('waits for MAIL_KEY');
    expect(page).toContain('version 1, by operator');
    expect(page).not.toContain('uncertain');
  }
  expect((await start()).ok).toBe(true);
  for (const page of await pages()) expect(page).toContain('uncertain: put it again');
});

it('a tenant without secrets is told nothing of them', async () => {
  const tenant = await activeTenant();
  await addVersion(tenant);
  expect(await html(`/dashboard/tenants/${tenant}`, await signIn())).not.toContain('id="secrets"');
});
