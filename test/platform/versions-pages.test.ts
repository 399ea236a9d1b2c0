// Versions of a tenant's own code as the operator and the tenant see them: what is live, in whose words,
// and what did not become live.
import { introspectWorkflowInstance } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { html, signIn } from './dashboard-world.ts';
import { openPortal } from './portal-world.ts';
import { addVersion } from './versions-world.ts';
import { activeTenant, call } from './world.ts';

async function activation(tenant: string, version: string, count: number, works: boolean) {
  const id = `activation_${tenant}_${count}_1`;
  await using run = await introspectWorkflowInstance(env.ACTIVATE_VERSION, id);
  await run.modify(async (steps) => {
    await steps.disableRetryDelays();
    for (const name of ['upload', 'undo upload', 'delete']) {
      await steps.mockStepResult({ name }, 'answered for the test');
    }
    if (works) await steps.mockStepResult({ name: 'smoke' }, 'answered for the test');
  });
  await call('POST', `/v1/tenants/${tenant}/versions/${version}/activate`);
}

it('the operator and the tenant see which version is live, and the tenant’s words as text', async () => {
  const { tenant, cookie } = await openPortal();
  const first = await addVersion(tenant, { message: '<script>alert(1)</script> \u202epoints' });
  const second = await addVersion(tenant);
  await activation(tenant, first.id, 1, true);
  await activation(tenant, second.id, 2, false);
  const pages = [
    await html('/portal/versions', cookie),
    await html(`/dashboard/tenants/${tenant}`, await signIn()),
  ];
  for (const page of pages) {
    expect(page).toContain(first.id);
    expect(page).toContain('PointsLedger');
    expect(page).toMatch(new RegExp(`${first.id}</span> <span class="status is-live">`, 'u'));
    expect(page).toContain('did not become live; what was live before is.');
    expect(page).not.toContain('<script>alert');
    expect(page).toContain('\\u{202e}points');
  }
});

it('a tenant without code of its own is told nothing of versions', async () => {
  const id = await activeTenant();
  expect(await html(`/dashboard/tenants/${id}`, await signIn())).not.toContain('Its own code');
});
