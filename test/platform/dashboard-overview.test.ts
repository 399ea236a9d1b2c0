// The Overview: what it says of a platform with and without tenants, reports, trouble and noise.
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { incidentsOf } from '../../platform/src/dashboard/overview/incidents.ts';
import type { OverviewData } from '../../platform/src/dashboard/overview/overview-data.ts';
import { noisyNeighbour } from '../../platform/src/dashboard/overview/overview-data.ts';
import { windowOf } from '../../platform/src/dashboard/time-window.ts';
import type { PlatformStats, TenantRank } from '../../platform/src/stats/stats-view.ts';
import { addRow, html, report, signIn } from './dashboard-world.ts';
import { freshId } from './world.ts';

const NOW = Date.parse('2026-11-22T02:30:20Z');

const STATS: PlatformStats = {
  object: 'platform_stats',
  since: null,
  tenant_count: 0,
  entity_count: 0,
  sdk_facts_count: 0,
  facts_count: 0,
  cache_hits: 0,
  cache_misses: 0,
  refusals_count: 0,
  errors_count: 0,
  storage_bytes: 0,
  last_period_end: null,
  gaps: 0,
  late_count: 0,
  unavailable_shards: [],
};

function rank(tenant_id: string, facts_count: number, more: Partial<TenantRank> = {}): TenantRank {
  return {
    tenant_id,
    value: facts_count,
    facts_count,
    entities_count: 1,
    cache_hits: 0,
    cache_misses: 0,
    refusals_count: 0,
    errors_count: 0,
    storage_bytes: 0,
    last_period_end: null,
    gaps: 0,
    ...more,
  };
}

/** A platform of active tenants without anything to report, but for what is given. */
function overview(given: Partial<OverviewData> = {}): OverviewData {
  return {
    now: NOW,
    index: { byStatus: new Map([['active', 4]]), troubled: [] },
    stats: STATS,
    hour: windowOf('minute', NOW),
    series: { data: [], unavailable_shards: [] },
    top: { data: [], unavailable_shards: [] },
    failing: [],
    gapped: [],
    names: new Map([['acme', 'Acme Inc.']]),
    ...given,
  };
}

const troubled = (status: string) => {
  const at = new Date(NOW - 20 * 60_000).toISOString();
  const row = { id: 'acme', name: 'Acme Inc.', plan: 'free', status, created_at: at };
  return { byStatus: new Map([[status, 1]]), troubled: [{ ...row, updated_at: at }] };
};

const hourOf = (facts: number) => {
  const point = { refusals: 0, errors: 0, cache_hits: 0, cache_misses: 0 };
  return { data: [{ start: '2026-11-22T02:20:00.000Z', facts, ...point }], unavailable_shards: [] };
};

describe('an incident', () => {
  it.each<[string, Partial<OverviewData>, string]>([
    ['counts that cannot be read', { stats: undefined }, 'The counts cannot be read right now'],
    [
      'a shard that does not answer',
      { stats: { ...STATS, unavailable_shards: ['system-3'] } },
      '1 shard of the system ledger did not answer (system-3)',
    ],
    ['a failed run', { index: troubled('failed') }, 'could not be provisioned, 20 min ago'],
    ['a run that stands', { index: troubled('provisioning') }, 'in its provisioning for 20 min'],
    ['a deletion that stands', { index: troubled('deleting') }, 'in its deletion for 20 min'],
    ['errors', { failing: [rank('acme', 9, { errors_count: 2 })] }, 'had 2 errors in the last'],
    ['a gap', { gapped: [rank('acme', 1, { gaps: 3 })] }, 'is missing 3 reports'],
    [
      'noise',
      {
        series: hourOf(100),
        top: {
          data: [rank('acme', 72), rank('b', 10), rank('c', 10), rank('d', 8)],
          unavailable_shards: [],
        },
      },
      'makes 72 % of all facts',
    ],
  ])('is told of %s', (_, given, text) => {
    const incidents = incidentsOf(overview(given));
    expect(incidents).toHaveLength(1);
    expect(incidents[0]?.text).toContain(text);
    const name = incidents[0]?.tenant?.name;
    expect([undefined, 'Acme Inc.']).toContain(name);
  });

  it('is not told where nothing is wrong', () => {
    expect(incidentsOf(overview())).toEqual([]);
  });

  it('of the same kind is told of eight tenants by name, and of the others as a number', () => {
    const failing = Array.from({ length: 11 }, (_, i) => rank(`t${i}`, 1, { errors_count: 1 }));
    const incidents = incidentsOf(overview({ failing }));
    expect(incidents).toHaveLength(9);
    expect(incidents.at(-1)?.text).toContain('3 other tenants had errors');
  });

  it('that is worse comes first', () => {
    const given = {
      gapped: [rank('acme', 1, { gaps: 1 })],
      failing: [rank('acme', 1, { errors_count: 1 })],
    };
    expect(incidentsOf(overview(given)).map(({ level }) => level)).toEqual(['bad', 'warn']);
  });
});

describe('a noisy neighbour', () => {
  it.each<[string, number[], boolean]>([
    ['more than half among four', [51, 20, 20, 9], true],
    ['exactly half', [50, 20, 20, 10], false],
    ['more than half among three', [90, 5, 5], false],
    ['more than half while the others rest', [90, 0, 0, 0, 0], false],
    ['nobody', [], false],
  ])('is %s: %j, %s', (_, facts, noisy) => {
    const ranks = facts.map((count, index) => rank(`t${index}`, count));
    const total = facts.reduce((sum, count) => sum + count, 0);
    expect(noisyNeighbour(ranks, total)?.tenantId).toBe(noisy ? 't0' : undefined);
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

  it('shows counts, the last hour and who makes the most of it', async () => {
    const id = freshId('top');
    await addRow(id, 'Big Writer');
    await report(id, { facts: 1_234_567, entities: 3, errors: 2, hits: 9, misses: 1 });
    const page = await html('/dashboard', await signIn());
    for (const text of ['Facts per minute', 'Big Writer', '1,234,567', '<svg', 'As a table']) {
      expect(page).toContain(text);
    }
    expect(page).toMatch(/Big Writer<\/a> had 2 errors in the last hour/u);
    expect(page).toContain('1 active');
    expect(page).toContain(`href="/dashboard/tenants/${id}"`);
    expect(page).toContain('aria-current="page"');
  });

  it('names the tenant whose reports are missing', async () => {
    const id = freshId('gap');
    await addRow(id, 'Gappy Inc.');
    await report(id, { facts: 1, period: 1 });
    await report(id, { facts: 2, period: 4 });
    const page = await html('/dashboard', await signIn());
    expect(page).toMatch(/Gappy Inc.<\/a> is missing 2 reports/u);
  });

  it('shows a tenant that failed', async () => {
    await addRow(freshId('bad'), 'Broken Inc.', 'failed');
    const page = await html('/dashboard', await signIn());
    expect(page).toMatch(/Broken Inc.<\/a> could not be provisioned/u);
  });
});
