// The page of one tenant: its numbers and whose fault it is, and suspending and resuming by form.
import { describe, expect, it } from 'vitest';
import { verdictOf } from '../../platform/src/dashboard/tenant/tenant-verdict.ts';
import type { TenantStats } from '../../platform/src/stats/stats-view.ts';
import { toTenantStats } from '../../platform/src/stats/to-stats-view.ts';
import { getPage, html, report, signIn } from './dashboard-world.ts';
import { activeTenant, call, freshId, jsonOf, showTenant } from './world.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const OWN = { origin: 'https://platform.test', 'sec-fetch-site': 'same-origin' };

async function post(path: string, headers: Record<string, string>, text = ''): Promise<Response> {
  return call('POST', path, { token: null, headers: { ...FORM, ...headers }, text });
}

describe('the numbers', () => {
  it('are zeros, in words, before the first report', async () => {
    const id = await activeTenant();
    const page = await html(`/dashboard/tenants/${id}`, await signIn());
    expect(page).toContain('Nothing was reported yet');
    expect(page).toContain('No facts in this time');
  });

  it('are those of the reports, with a chart, its table and the commands', async () => {
    const id = await activeTenant();
    await report(id, { facts: 4_321, entities: 17, refusals: 3, hits: 1, misses: 1 });
    const cookie = await signIn();
    const page = await html(`/dashboard/tenants/${id}`, cookie);
    for (const text of ['4,321', '>17<', '3 writes were refused', '50 %', '4.1 kB', '<rect']) {
      expect(page).toContain(text);
    }
    expect(page).toContain(`https://platform.test/v1/tenants/${id}/stats`);
    expect(page).toContain('Facts per minute');
    expect(await html(`/dashboard/tenants/${id}?resolution=hour`, cookie)).toContain(
      'Facts per hour',
    );
    expect(await html(`/dashboard/tenants/${id}?resolution=day`, cookie)).toContain(
      'Facts per day',
    );
    const forged = await html(`/dashboard/tenants/${id}?resolution=%3Cscript%3E`, cookie);
    expect(forged).toContain('Facts per minute');
    expect(forged).not.toContain('<script>');
  });

  it('tell which reports are missing', async () => {
    const id = await activeTenant();
    await report(id, { facts: 1, period: 1 });
    await report(id, { facts: 2, period: 5 });
    const page = await html(`/dashboard/tenants/${id}`, await signIn());
    expect(page).toContain('Report 2 to 4.');
  });
});

describe('the verdict', () => {
  const now = Date.parse('2026-11-22T02:30:00Z');
  const none = toTenantStats('acme', undefined);
  const some: TenantStats = { ...none, last_period_end: '2026-11-22T02:29:00.000Z' };
  const tenant = { status: 'active' } as Parameters<typeof verdictOf>[0];

  it.each<[string, Partial<TenantStats>, Partial<TenantStats>, string]>([
    ['nothing', {}, {}, 'Neither: no errors and no refusals in the last hour. Last report 60'],
    ['errors', {}, { errors_count: 1 }, 'Most likely them: their code had 1 error'],
    ['refusals', {}, { refusals_count: 1 }, 'Most likely them: 1 write was refused'],
    ['gaps', { gaps: 2 }, {}, 'Cannot say for sure: 2 reports never arrived'],
  ])('on %s is in words', (_, all, lastHour, text) => {
    const counts = { all: { ...some, ...all }, lastHour: { ...some, ...lastHour } };
    expect(verdictOf(tenant, counts, now).text).toContain(text.replace('60', '1 min ago'));
  });

  it('is open while the counts cannot be read', () => {
    const counts = { all: undefined, lastHour: undefined };
    expect(verdictOf(tenant, counts, now).text).toContain('Cannot say');
  });
});

describe('suspending by form', () => {
  it('asks first, then does what the API does and records it as the API does', async () => {
    const id = await activeTenant();
    const cookie = await signIn();
    const path = `/dashboard/tenants/${id}/suspend`;
    expect(await html(`/dashboard/tenants/${id}`, cookie)).toContain(`action="${path}"`);
    const asking = await getPage(path, cookie);
    expect(asking.headers.get('referrer-policy')).toBe('same-origin');
    const key = /name="key" value="([^"]+)"/u.exec(await asking.text())?.[1] ?? '';
    expect((await showTenant(id)).status).toBe('active');

    const first = await post(path, { cookie, ...OWN }, `key=${key}`);
    expect([first.status, first.headers.get('location')]).toEqual([
      303,
      `/dashboard/tenants/${id}`,
    ]);
    expect((await showTenant(id)).status).toBe('suspended');
    // The second press of a double click.
    expect((await post(path, { cookie, ...OWN }, `key=${key}`)).status).toBe(303);

    const page = await html(`/dashboard/tenants/${id}`, cookie);
    expect(page.match(/tenant suspended/gu)).toHaveLength(1);
    expect(page).toContain('It is us: the tenant is suspended');
    const resume = await post(`/dashboard/tenants/${id}/resume`, { cookie, ...OWN });
    expect(resume.status).toBe(303);
    expect((await showTenant(id)).status).toBe('active');
    const api = await call('POST', `/v1/tenants/${id}/suspend`);
    expect((await jsonOf<{ status: string }>(api)).status).toBe('suspended');
  });

  it('is refused where the status does not allow it, and changes nothing', async () => {
    const id = await activeTenant();
    const cookie = await signIn();
    const response = await post(`/dashboard/tenants/${id}/resume`, { cookie, ...OWN });
    expect(response.status).toBe(409);
    expect(await response.text()).toContain('A tenant that is active cannot be resumed');
    expect(await html(`/dashboard/tenants/${id}/resume`, cookie)).not.toContain('<input');
  });

  it.each<[string, Record<string, string>]>([
    ['another site', { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' }],
    ['a host of a tenant', { origin: 'https://acme.platform.test', 'sec-fetch-site': 'same-site' }],
    ['another port', { origin: 'https://platform.test:444' }],
    ['the same name without TLS', { origin: 'http://platform.test' }],
    ['an opaque origin', { origin: 'null', 'sec-fetch-site': 'same-origin' }],
    ['nowhere', {}],
    ['a request that contradicts itself', { ...OWN, 'sec-fetch-site': 'cross-site' }],
  ])('is refused from %s', async (_, headers) => {
    const id = await activeTenant();
    const cookie = await signIn();
    const response = await post(`/dashboard/tenants/${id}/suspend`, { cookie, ...headers });
    expect(response.status).toBe(403);
    expect((await showTenant(id)).status).toBe('active');
  });

  it('is refused without a session', async () => {
    const id = await activeTenant();
    expect((await post(`/dashboard/tenants/${id}/suspend`, OWN)).status).toBe(401);
    expect((await getPage(`/dashboard/tenants/${id}/suspend`)).status).toBe(401);
    expect((await showTenant(id)).status).toBe('active');
  });

  it('has no page for a tenant that is not there', async () => {
    const cookie = await signIn();
    for (const id of [freshId('nobody'), 'A']) {
      expect((await getPage(`/dashboard/tenants/${id}/suspend`, cookie)).status).toBe(404);
      const response = await post(`/dashboard/tenants/${id}/suspend`, { cookie, ...OWN });
      expect(response.status).toBe(404);
    }
  });
});
