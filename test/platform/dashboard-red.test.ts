// What the dispatcher saw of a tenant beside what its ledgers claim, its limits against its use, and
// whose turn it is when requests fail.
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { comparedRows } from '../../platform/src/dashboard/tenant/red-comparison.ts';
import { verdictOf } from '../../platform/src/dashboard/tenant/tenant-verdict.ts';
import type { TenantStats } from '../../platform/src/stats/stats-view.ts';
import { toTenantStats } from '../../platform/src/stats/to-stats-view.ts';
import { ledgerOf } from '../../platform/src/tenants/ledger-of.ts';
import { count, html, report, signIn } from './dashboard-world.ts';
import { countsOf } from './stats-world.ts';
import { activeTenant } from './world.ts';

const NONE = toTenantStats('acme', undefined);

function statsOf(
  seen: Partial<TenantStats['dispatcher']>,
  claimed: Partial<TenantStats>,
): TenantStats {
  return { ...NONE, ...claimed, dispatcher: { ...NONE.dispatcher, ...seen } };
}

describe('the difference', () => {
  it.each<
    [string, number, Partial<TenantStats['dispatcher']>, Partial<TenantStats>, string, boolean]
  >([
    ['nothing', 0, {}, {}, 'None on either side', false],
    ['as many writes', 0, { writes_count: 7 }, { facts_count: 7 }, 'Both say the same', false],
    ['more facts', 0, { writes_count: 7 }, { facts_count: 9 }, '2 more facts than writes', false],
    ['fewer facts', 0, { writes_count: 9 }, { facts_count: 7 }, '2 fewer facts than writes', false],
    ['hardly any', 0, { writes_count: 90 }, { facts_count: 7 }, '83 fewer facts', true],
    [
      'refused early',
      1,
      { refusals_count: 9 },
      { refusals_count: 4 },
      '5 were refused by no rule',
      false,
    ],
    [
      'refused inside',
      1,
      { refusals_count: 4 },
      { refusals_count: 9 },
      '5 more than callers',
      false,
    ],
    ['failed outside', 2, { errors_count: 9 }, { errors_count: 4 }, '5 failed outside', true],
    ['failed after', 2, { errors_count: 4 }, { errors_count: 9 }, '5 more than callers saw', true],
  ])('is said in words of %s', (_, row, seen, claimed, text, isOdd) => {
    const compared = comparedRows(statsOf(seen, claimed))[row];
    expect(compared?.text).toContain(text);
    expect(compared?.isOdd).toBe(isOdd);
  });
});

describe('the verdict on requests that failed', () => {
  const now = Date.parse('2026-11-22T02:30:00Z');
  const tenant = { status: 'active' } as Parameters<typeof verdictOf>[0];
  const failed = (code: string, count: number, minutesAgo: number, status = 500) => ({
    tenant_id: 'acme',
    code,
    route: '/v1/facts',
    status,
    count,
    last_at: new Date(now - minutesAgo * 60_000).toISOString(),
  });
  const counts = { all: NONE, lastHour: NONE };

  it.each([
    ['their Worker throws', [failed('worker_failed', 9, 3)], 'Most likely them'],
    ['the platform is not ready', [failed('not_ready', 9, 3)], 'Most likely us'],
    ['both, mostly theirs', [failed('not_ready', 1, 3), failed('worker_failed', 9, 3)], 'them'],
    ['long ago', [failed('worker_failed', 9, 90)], 'Nothing was reported yet'],
    ['refused, not failed', [failed('invalid_request', 9, 3, 400)], 'Nothing was reported yet'],
  ])('when %s', (_, errors, text) => {
    expect(verdictOf(tenant, counts, now, errors).text).toContain(text);
  });
});

it('the verdict on requests refused early is told to their callers', () => {
  const dispatcher = { refusals_count: 7, requests_count: 40 };
  const last_period_end = '2026-11-22T02:29:00.000Z';
  const stats = statsOf(dispatcher, { last_period_end });
  const tenant = { status: 'active' } as Parameters<typeof verdictOf>[0];
  const counts = { all: stats, lastHour: stats };
  const verdict = verdictOf(tenant, counts, Date.parse(last_period_end) + 60_000);
  expect(verdict.text).toContain('Most likely their callers: 7 requests of 40 refused');
  expect(verdict.level).toBe('warn');
});

describe('the page of a tenant', () => {
  it('shows rate, errors and duration as the dispatcher saw them, and the claims beside', async () => {
    const id = await activeTenant();
    const groups = [
      { code: 'worker_failed', route: '/v1/facts', status: 502, count: 5 },
      { code: 'circuit_open', route: '/v1/facts', status: 503, count: 20 },
    ];
    await count(id, countsOf(100, { writes: 40, errors: 25, groups }));
    await count(id, countsOf(10), Date.now() - 3_660_000);
    await report(id, { facts: 38 });
    const page = await html(`/dashboard/tenants/${id}`, await signIn());
    for (const text of ['>100<', 'hour before: 10<', '>25 %<', '>10 ms<', 'writes answered 2xx']) {
      expect(page).toContain(text);
    }
    expect(page).toContain('2 fewer facts than writes');
    expect(page).toContain('requests failed within the hour, most with circuit_open');
    expect(page).toContain('20 requests refused with circuit_open');
    expect(page).toContain('100 in its busiest minute');
    expect(page).toContain(`href="/dashboard/tenants/${id}/entities"`);
    expect(page).toContain(`href="/dashboard/errors?tenant=${id}"`);
    expect(page).toContain(`href="/dashboard/audit?tenant=${id}"`);
    expect(page).toContain(`data-live="${id}"`);
  });

  it('shows the version that its Worker was uploaded from, and whether it is behind', async () => {
    const id = await activeTenant();
    const cookie = await signIn();
    const path = `/dashboard/tenants/${id}`;
    expect(await html(path, cookie)).toContain('not recorded');
    const run = `provision_${id}_1`;
    // The run is over, so its ledger takes nothing more from it.
    expect((await ledgerOf(env, id).recordUpload(run, 'v1-abc')).ok).toBe(false);
    await env.DB.prepare("UPDATE tenants SET artefact = 'v1-abc' WHERE id = ?").bind(id).run();
    await env.ARTEFACTS.put('tenant-template/current.json', '{"version":"v2-def"}');
    try {
      const system = await html('/dashboard/system', cookie);
      expect(system).toContain('New tenants get v2-def.');
      expect(system).toMatch(/v1-abc<\/code><\/td><td class="amount">1<\/td><td>behind/u);
    } finally {
      await env.ARTEFACTS.delete('tenant-template/current.json');
    }
  });
});
