// What reports tell besides facts: all of it is summed, and a shard notes how late the last one was.
import { expect, it } from 'vitest';
import type { Env } from '../../platform/src/env.ts';
import type { TenantStatsMessage } from '../../platform/src/metrics/tenant-stats.ts';
import { addByType } from '../../platform/src/stats/counts.ts';
import { readPlatformStats, readTenantStats } from '../../platform/src/stats/stats-reader.ts';
import type { TenantStats } from '../../platform/src/stats/stats-view.ts';
import { deliver, platformApart, reportOf } from './stats-world.ts';

async function statsOf(platform: Env, tenantId: string): Promise<TenantStats> {
  const stats = await readTenantStats(platform, tenantId);
  if (!stats.ok) expect.unreachable(stats.error.detail);
  return stats.value;
}

it('what a newer SDK tells is summed as well, in a range or of all time, and facts by type', async () => {
  const platform = platformApart();
  const told = (times: number) => ({
    dropped_count: times,
    breaker_openings_count: 2 * times,
    schema_inits_count: 3 * times,
    hydrations_count: 4 * times,
    hydrated_facts_count: 50 * times,
    appended: { 'call.completed': times, [`call.${times}`]: 1 },
  });
  await deliver(platform, [reportOf('acme', 1, told(1)), reportOf('acme', 50, told(10))]);
  await deliver(platform, [reportOf('acme', 2), reportOf('globex', 1, told(100))]);
  const all = {
    dropped_count: 11,
    breaker_openings_count: 22,
    schema_inits_count: 33,
    hydrations_count: 44,
    hydrated_facts_count: 550,
    appended: { 'call.1': 1, 'call.10': 1, 'call.completed': 11 },
  };
  expect(await statsOf(platform, 'acme')).toMatchObject(all);
  const from = Date.now() - 20 * 60_000;
  const late = await readTenantStats(platform, 'acme', { from });
  if (!late.ok) expect.unreachable(late.error.detail);
  expect(late.value).toMatchObject({ ...told(10), appended: all.appended });
  expect(await readPlatformStats(platform)).toMatchObject({
    dropped_count: 111,
    hydrated_facts_count: 5550,
    appended: { 'call.1': 1, 'call.10': 1, 'call.100': 1, 'call.completed': 111 },
  });
});

it('facts of more types than are told apart keep their sum', () => {
  let sums: Record<string, number> = {};
  for (let i = 0; i < 30; i += 1) {
    const types = Array.from({ length: 20 }, (_, j) => [`type_${i}_${j}`, 1] as const);
    sums = { ...addByType(sums, Object.fromEntries(types)) };
  }
  expect(Object.keys(sums).length).toBeLessThanOrEqual(101);
  expect(Object.values(sums).reduce((sum, value) => sum + value, 0)).toBe(600);
});

it('the lag is that of the latest period, and none is negative', async () => {
  const platform = platformApart();
  const ago = (ms: number, period: number): TenantStatsMessage =>
    reportOf('acme', period, { period_start: 1, period_end: Date.now() - ms });
  await deliver(platform, [ago(30_000, 2)]);
  const { last_flush_lag_ms: lag } = await statsOf(platform, 'acme');
  expect(lag).toBeGreaterThanOrEqual(30_000);
  expect(lag).toBeLessThan(60_000);
  await deliver(platform, [ago(3_000_000, 1)]);
  expect(await statsOf(platform, 'acme')).toMatchObject({ last_flush_lag_ms: lag });
  await deliver(platform, [ago(-600_000, 3)]);
  expect(await statsOf(platform, 'acme')).toMatchObject({ last_flush_lag_ms: 0 });
  expect(await readPlatformStats(platform)).toMatchObject({ last_flush_lag_ms: 0 });
});
