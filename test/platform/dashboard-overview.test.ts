// The Overview: what it says of a platform with and without tenants, requests, trouble and noise.
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Alert } from '../../platform/src/alerts/read-alerts.ts';
import { incidentsOf } from '../../platform/src/dashboard/overview/incidents.ts';
import { noisyNeighbour } from '../../platform/src/dashboard/overview/noisy-neighbour.ts';
import type { OverviewData } from '../../platform/src/dashboard/overview/overview-data.ts';
import { windowOf } from '../../platform/src/dashboard/time-window.ts';
import { NO_COUNTS } from '../../platform/src/stats/counts.ts';
import type { PlatformOverview } from '../../platform/src/stats/overview-reader.ts';
import { NO_REQUESTS } from '../../platform/src/stats/request-sums.ts';
import type { TenantSpan } from '../../platform/src/stats/shard-overview.ts';
import { mergeSummaries } from '../../platform/src/stats/shard-summary.ts';
import { toPlatformStats } from '../../platform/src/stats/to-stats-view.ts';
import { addRow, count, html, htmlOf, report, signIn } from './dashboard-world.ts';
import { countsOf, deliver, platformApart, reportOf } from './stats-world.ts';
import { freshId } from './world.ts';

const NOW = Date.parse('2026-11-22T02:30:20Z');
const HOUR_MS = 3_600_000;

const PLATFORM: PlatformOverview = {
  stats: toPlatformStats(mergeSummaries([]), []),
  facts: [],
  requests: [],
  writing: 0,
  calling: 0,
  top: [],
  failing: { count: 0, data: [] },
  gapped: { count: 0, data: [] },
};

/** A platform of active tenants without anything to report, but for what is given. */
function overview(given: Partial<OverviewData> = {}): OverviewData {
  return {
    now: NOW,
    index: { byStatus: new Map([['active', 4]]), troubled: [] },
    hour: windowOf('minute', NOW),
    platform: PLATFORM,
    alerts: { data: [], unavailable_shards: [] },
    names: new Map([['acme', 'Acme Inc.']]),
    ...given,
  };
}

const of = (given: Partial<PlatformOverview>): Partial<OverviewData> => ({
  platform: { ...PLATFORM, ...given },
});

function spanOf(tenant_id: string, facts: number, more: Partial<TenantSpan> = {}): TenantSpan {
  return { tenant_id, counts: { ...NO_COUNTS, facts }, requests: NO_REQUESTS, ...more };
}

const failing = (tenant_id: string, errors: number): TenantSpan =>
  spanOf(tenant_id, 9, { counts: { ...NO_COUNTS, facts: 9, errors } });

const troubled = (status: string) => {
  const at = new Date(NOW - 20 * 60_000).toISOString();
  const row = { id: 'acme', name: 'Acme Inc.', plan: 'free', status, created_at: at };
  return { byStatus: new Map([[status, 1]]), troubled: [{ ...row, updated_at: at }] };
};

const START = '2026-11-22T02:20:00.000Z';
const factsOf = (facts: number) => {
  return [{ start: START, facts, refusals: 0, errors: 0, cache_hits: 0, cache_misses: 0 }];
};

function alertOf(given: Partial<Alert>): { data: Alert[]; unavailable_shards: string[] } {
  const alert: Alert = {
    id: 'fct_1',
    rule: 'errors',
    severity: 'bad',
    tenant_id: 'acme',
    state: 'firing',
    text: 'answered 40 % of 100 requests with a server error.',
    value: 0.4,
    threshold: 0.05,
    fired_at: new Date(NOW - 12 * 60_000).toISOString(),
    resolved_at: null,
    ...given,
  };
  return { data: [alert], unavailable_shards: [] };
}

describe('an incident', () => {
  it.each<[string, Partial<OverviewData>, string, string]>([
    ['counts that cannot be read', { platform: undefined }, 'The counts cannot', '/system#shards'],
    ['alerts that cannot be read', { alerts: undefined }, 'The alerts cannot', '/system#shards'],
    [
      'a shard that does not answer',
      of({ stats: { ...PLATFORM.stats, unavailable_shards: ['system-3'] } }),
      '1 shard of the system ledger did not answer (system-3)',
      '/system#shards',
    ],
    [
      'a failed run',
      { index: troubled('failed') },
      'could not be provisioned, 20 min ago',
      '/tenants/acme#runs',
    ],
    [
      'a run that stands',
      { index: troubled('provisioning') },
      'no progress in its provisioning for 20 min',
      '/tenants/acme#runs',
    ],
    [
      'a deletion that stands',
      { index: troubled('deleting') },
      'no progress in its deletion for 20 min',
      '/tenants/acme#runs',
    ],
    [
      'errors in custom code',
      of({ failing: { count: 1, data: [failing('acme', 2)] } }),
      'had 2 errors in its own code in the last hour, with 9 facts',
      '/errors?tenant=acme',
    ],
    [
      'a gap',
      of({ gapped: { count: 1, data: [{ tenant_id: 'acme', count: 3 }] } }),
      'is missing 3 reports',
      '/tenants/acme#reports',
    ],
    [
      'noise',
      of({
        facts: factsOf(10_000),
        writing: 4,
        top: [spanOf('acme', 7_200), spanOf('b', 1_000), spanOf('c', 1_000), spanOf('d', 800)],
      }),
      'makes 72 % of all facts',
      '/tenants/acme/suspend',
    ],
    ['an alert', { alerts: alertOf({}) }, 'answered 40 % of 100', '/errors?tenant=acme'],
    [
      'an alert near a limit',
      { alerts: alertOf({ rule: 'near_limit' }) },
      'answered',
      '/tenants/acme#limits',
    ],
    [
      'an alert about the platform',
      { alerts: alertOf({ rule: 'dead_letters', tenant_id: null, text: 'has 3 dead letters.' }) },
      'The platform has 3 dead letters.',
      '/system#dead-letters',
    ],
    ['an alert of a rule of one’s own', { alerts: alertOf({ rule: 'mine' }) }, '', '/tenants/acme'],
  ])('is told of %s, with what to do next', (_, given, text, href) => {
    const incidents = incidentsOf(overview(given));
    expect(incidents).toHaveLength(1);
    expect(incidents[0]?.text).toContain(text);
    expect(incidents[0]?.action.href).toBe(`/dashboard${href}`);
    expect([undefined, 'Acme Inc.']).toContain(incidents[0]?.tenant?.name);
  });

  it('is not told where nothing is wrong', () => {
    expect(incidentsOf(overview())).toEqual([]);
  });

  it('that an alert tells already is not told twice', () => {
    const given = {
      ...of({ gapped: { count: 1, data: [{ tenant_id: 'acme', count: 3 }] } }),
      alerts: alertOf({ rule: 'gap', severity: 'warn' }),
    };
    expect(incidentsOf(overview(given))).toHaveLength(1);
  });

  it('of the same kind is told of eight tenants by name, and of the others as a number', () => {
    const data = Array.from({ length: 8 }, (_, i) => failing(`t${i}`, 1));
    const incidents = incidentsOf(overview(of({ failing: { count: 11, data } })));
    expect(incidents).toHaveLength(9);
    expect(incidents.at(-1)?.text).toContain('3 other tenants had errors');
  });

  it('that fires comes first, then the worse ones', () => {
    const given = {
      ...of({
        gapped: { count: 1, data: [{ tenant_id: 'b', count: 1 }] },
        failing: { count: 1, data: [failing('c', 1)] },
      }),
      alerts: alertOf({ severity: 'warn' }),
    };
    const incidents = incidentsOf(overview(given));
    expect(incidents.map(({ level, tenant }) => `${level} ${tenant?.id}`)).toEqual([
      'warn acme',
      'bad c',
      'warn b',
    ]);
  });
});

describe('a noisy neighbour', () => {
  it.each<[string, number[], boolean]>([
    ['more than half among four', [5100, 2000, 2000, 900], true],
    ['exactly half', [5000, 2000, 2000, 1000], false],
    ['more than half among three', [9000, 500, 500], false],
    ['more than half of a little', [51, 20, 20, 9], false],
    ['nobody', [], false],
  ])('is %s: %j, %s', (_, amounts, noisy) => {
    const all = amounts.map((amount, index) => ({ tenantId: `t${index}`, amount }));
    const total = amounts.reduce((sum, amount) => sum + amount, 0);
    const found = noisyNeighbour(all, total, amounts.length);
    expect(found?.tenantId).toBe(noisy ? 't0' : undefined);
  });
});

describe('the page', () => {
  beforeEach(async () => {
    await env.DB.exec('DELETE FROM tenants');
  });

  it('says what to do while there are no tenants', async () => {
    const page = await html('/dashboard', await signIn());
    expect(page).toContain('npx z0 tenant create acme');
    expect(page).not.toContain('<svg');
  });

  it('is calm, and says so, with tenants that did nothing yet', async () => {
    const id = freshId('calm');
    await addRow(id, 'Calm Inc.');
    const page = await htmlOf(platformApart(), '/dashboard', await signIn());
    expect(page).toContain('Nothing is wrong');
    expect(page).toContain('No tenant has asked or written anything in the last hour');
    expect(page).toContain('1 active');
  });

  it('shows the last hour beside the hour before, and who made the most of it', async () => {
    const platform = platformApart();
    const id = freshId('top');
    await addRow(id, 'Big Writer');
    await deliver(platform, [
      reportOf(id, 60, { facts_count: 7200, errors_count: 2, totals: { facts: 9, entities: 1 } }),
    ]);
    const now = Date.now();
    await count(id, countsOf(200, { errors: 50 }), now, platform);
    await count(id, countsOf(100), now - HOUR_MS - 60_000, platform);
    const page = await htmlOf(platform, '/dashboard', await signIn());
    for (const text of ['>200<', 'hour before: 100, now 100 % more', '>25 %<', '>10 ms<']) {
      expect(page).toContain(text);
    }
    // 7,200 facts in an hour.
    expect(page).toMatch(/Facts per second<\/dt><dd class="value figures">2</u);
    expect(page).toMatch(/Big Writer<\/a> (?:answered|had 2 errors)/u);
    for (const text of ['Requests per minute', 'Facts per minute', 'As a table', '7,200']) {
      expect(page).toContain(text);
    }
    expect(page).toContain(`href="/dashboard/tenants/${id}"`);
    expect(page).toContain('aria-current="page"');
    expect(page).toContain('data-live="all"');
  });

  it('counts requests of no tenant, and ranks none for them', async () => {
    const platform = platformApart();
    await addRow(freshId('one'), 'One Inc.');
    await count('', countsOf(12, { refusals: 12 }), undefined, platform);
    const page = await htmlOf(platform, '/dashboard', await signIn());
    expect(page).toMatch(/Requests<\/dt><dd class="value figures">12</u);
    expect(page).toContain('No tenant has asked');
  });

  it('names the tenant whose reports are missing', async () => {
    const id = freshId('gap');
    await addRow(id, 'Gappy Inc.');
    await report(id, { facts: 1, period: 1 });
    await report(id, { facts: 2, period: 4 });
    const page = await html('/dashboard', await signIn());
    expect(page).toMatch(/Gappy Inc.<\/a> is missing \d reports?/u);
  });

  it('shows a tenant that failed, and leads to its steps', async () => {
    const id = freshId('bad');
    await addRow(id, 'Broken Inc.', 'failed');
    const page = await html('/dashboard', await signIn());
    expect(page).toMatch(/Broken Inc.<\/a> could not be provisioned/u);
    expect(page).toContain(`href="/dashboard/tenants/${id}#runs"`);
  });
});
