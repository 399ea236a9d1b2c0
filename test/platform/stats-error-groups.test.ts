// Answers 4xx and 5xx by code and route: ordered, of their range, and never more than is kept.
import { describe, expect, it } from 'vitest';
import { readErrorGroups } from '../../platform/src/stats/request-reader.ts';
import { countsOf, deliver, platformApart, requestsOf } from './stats-world.ts';

describe('error groups', () => {
  const groupsOf = (tenant: string, ...codes: [string, number, number][]) =>
    requestsOf({
      [tenant]: countsOf(100, {
        groups: codes.map(([code, status, count]) => ({ code, route: '/v1/facts', status, count })),
      }),
    });

  it('come most first, of one tenant or of all, with the time of the last', async () => {
    const platform = platformApart();
    const first = groupsOf('acme', ['conflict', 409, 3], ['internal', 500, 1]);
    const last = groupsOf('acme', ['conflict', 409, 4]);
    await deliver(platform, [last, first, groupsOf('globex', ['not_found', 404, 5])]);
    const { data } = await readErrorGroups(platform, { limit: 2 });
    const route = '/v1/facts';
    const last_at = new Date(Math.max(first.end, last.end)).toISOString();
    const conflicts = {
      tenant_id: 'acme',
      code: 'conflict',
      route,
      status: 409,
      count: 7,
      last_at,
    };
    expect(data).toEqual([
      conflicts,
      expect.objectContaining({ tenant_id: 'globex', code: 'not_found', count: 5 }),
    ]);
    const ofAcme = await readErrorGroups(platform, { tenantId: 'acme', limit: 9 });
    expect(ofAcme.data.map(({ code }) => code)).toEqual(['conflict', 'internal']);
  });

  it('are of the range: a group that was last seen before it is left out', async () => {
    const platform = platformApart();
    const old = requestsOf(
      { acme: groupsOf('acme', ['conflict', 409, 3]).tenants.acme ?? countsOf(0) },
      Date.now() - 5 * 3_600_000,
    );
    await deliver(platform, [old, groupsOf('acme', ['not_found', 404, 1])]);
    const from = Date.now() - 60_000;
    const { data } = await readErrorGroups(platform, { from, limit: 9 });
    expect(data.map(({ code }) => code)).toEqual(['not_found']);
  });

  it('are bounded, and what is beyond them is counted together', async () => {
    const platform = platformApart();
    for (let batch = 0; batch < 4; batch += 1) {
      const codes = Array.from({ length: 40 }, (_, index): [string, number, number] => {
        return [`code_${batch}_${index}`, index % 2 === 0 ? 404 : 500, 1];
      });
      await deliver(platform, [groupsOf('acme', ...codes)]);
    }
    const { data } = await readErrorGroups(platform, { limit: 1000 });
    expect(data.reduce((total, { count }) => total + count, 0)).toBe(160);
    expect(data.length).toBeLessThanOrEqual(102);
    expect(
      data.slice(0, 2).map(({ code, route, status, count }) => [code, route, status, count]),
    ).toEqual([
      ['other', '*', 400, 30],
      ['other', '*', 500, 30],
    ]);
  });
});
