// The Audit page: who did what and when, narrowed by the URL, page by page.
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { html, signIn } from './dashboard-world.ts';
import { activeTenant, call, createKey, freshId } from './world.ts';

const actionsIn = (page: string): string[] =>
  [...page.matchAll(/<span class="id">([a-z_.]+)(?: ·|<)/gu)].map(([, action]) => action ?? '');

describe('the page', () => {
  it('says what to do while nothing was done', async () => {
    await env.DB.exec('DELETE FROM audit');
    const page = await html('/dashboard/audit?show=key', await signIn());
    expect(page).toContain('Nothing of that kind was done');
    expect(page).toContain('href="/dashboard/audit?show=all"');
  });

  it('shows what was decided, newest first, and the steps of runs where asked', async () => {
    const id = await activeTenant();
    await call('POST', `/v1/tenants/${id}/suspend`);
    const cookie = await signIn();
    const page = await html(`/dashboard/audit?tenant=${id}`, cookie);
    expect(actionsIn(page)).toEqual(['tenant.suspended', 'tenant.activated', 'tenant.requested']);
    expect(page).toContain('suspended it');
    const steps = actionsIn(await html(`/dashboard/audit?tenant=${id}&show=step`, cookie));
    expect(new Set(steps)).toEqual(new Set(['step.started', 'step.succeeded']));
    const all = actionsIn(await html(`/dashboard/audit?tenant=${id}&show=all`, cookie));
    expect(all.length).toBe(3 + steps.length + 1);
  });

  it('shows keys by id, with no hash and no secret, and escapes their labels', async () => {
    const id = await activeTenant();
    const key = await createKey(id, { label: '<script>x</script>' });
    const page = await html(`/dashboard/audit?tenant=${id}&show=key`, await signIn());
    expect(page).toContain(`key.created · ${key.client_id}`);
    expect(page).toContain('label &lt;script&gt;x');
    expect(page).not.toContain('<script>');
    expect(page).not.toMatch(/[0-9a-f]{64}/u);
  });

  it('shows Configs of the platform as those of all tenants', async () => {
    const config = `cfg_${freshId()}`;
    const headers = { 'idempotency-key': freshId() };
    const body = { type: freshId('notes'), settings: { secret: 'hush-hush' } };
    await call('PUT', `/v1/configs/${config}`, { body, headers });
    const page = await html('/dashboard/audit?tenant=platform', await signIn());
    expect(page).toContain(`config.versioned · ${config}`);
    expect(page).toContain('all tenants');
    expect(page).not.toContain('hush-hush');
  });

  it('goes to older entries and back, and keeps what it was narrowed to', async () => {
    const at = Date.parse('2020-01-01T00:00:00Z');
    const rows = Array.from({ length: 60 }, (_, i) => ({
      id: `fct_old_${String(i).padStart(3, '0')}`,
      at: new Date(at + i * 1000).toISOString(),
    }));
    await env.DB.prepare(
      `INSERT OR REPLACE INTO audit (id, at, tenant_id, principal, action, seq)
       SELECT value ->> 'id', value ->> 'at', 'old-timer', 'operator', 'key.created', 1
       FROM json_each(?1)`,
    )
      .bind(JSON.stringify(rows))
      .run();
    const cookie = await signIn();
    const first = await html('/dashboard/audit?tenant=old-timer&show=key', cookie);
    expect(actionsIn(first)).toHaveLength(50);
    const next = /href="([^"]+)">Older/u.exec(first)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect(next).toContain('tenant=old-timer&show=key&cursor=');
    const second = await html(next, cookie);
    expect(actionsIn(second)).toHaveLength(10);
    expect(second).toContain('href="/dashboard/audit?tenant=old-timer&amp;show=key">Newest');
    expect(second).not.toContain('Older</a>');
  });

  it.each(['show=__proto__', 'tenant=%27%20OR%201', 'cursor=%00'])(
    'is never made of what a URL says: %s',
    async (query) => {
      const page = await html(`/dashboard/audit?${query}`, await signIn());
      expect(page).toContain('<h1>Audit</h1>');
    },
  );

  it('asks for a session', async () => {
    const response = await call('GET', '/dashboard/audit', { token: null });
    expect(response.status).toBe(401);
  });
});
