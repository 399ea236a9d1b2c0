// The table of tenants: order by every column, search, pages that neither skip nor repeat, and a URL
// that may say anything.
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  readTableState,
  SORTS,
  tableHref,
} from '../../platform/src/dashboard/tenants/tenant-order.ts';
import { readTenantTable } from '../../platform/src/dashboard/tenants/tenant-table.ts';
import { addRow, count, html, htmlOf, idsIn, report, signIn } from './dashboard-world.ts';
import { countsOf, deliver, platformApart, reportOf } from './stats-world.ts';
import { freshId } from './world.ts';

/** Rows `<prefix>-0000`, …; names fall while ids rise. */
async function addRows(prefix: string, count: number): Promise<void> {
  await env.DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?2 - 1)
     INSERT INTO tenants (id, name, plan, status, created_at, updated_at, seq)
     SELECT printf('%s-%04d', ?1, i), printf('Name %04d', 9999 - i / 3), 'free', 'active',
       '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z', 1 FROM n`,
  )
    .bind(prefix, count)
    .run();
}

/** Latencies: so many within 2.5 s, and so many within 10 ms. */
function slow(count: number, fast = 0): number[] {
  return Array.from({ length: 12 }, (_, bucket) =>
    bucket === 8 ? count : bucket === 1 ? fast : 0,
  );
}

/** Walks all pages of a table and answers the ids in the order they came. */
async function walk(query: Record<string, string>): Promise<string[]> {
  const ids: string[] = [];
  let state = readTableState(query);
  for (let pages = 0; pages < 50; pages += 1) {
    const table = await readTenantTable(env, state);
    ids.push(...table.lines.map(({ id }) => id));
    if (table.next === undefined) return ids;
    // By way of the URL, as a visitor goes.
    const next = new URL(tableHref(table.next), 'https://platform.test');
    state = readTableState(Object.fromEntries(next.searchParams));
  }
  throw new Error('The pages never ended.');
}

beforeEach(async () => {
  await env.DB.exec('DELETE FROM tenants');
});

describe('the order', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => freshId(`order-${name}`));
  beforeEach(async () => {
    if (!a || !b || !c) return;
    await addRow(a, 'Zeta');
    await addRow(b, 'alpha', 'suspended');
    await addRow(c, 'Mid', 'failed');
    await report(a, { facts: 5, entities: 2, errors: 1, refusals: 7, hits: 1, misses: 1 });
    await report(b, {
      facts: 50,
      entities: 1,
      errors: 3,
      refusals: 2,
      hits: 9,
      misses: 1,
      period: 2,
    });
    await count(a, { ...countsOf(20), latency: slow(20) });
    await count(b, countsOf(10, { errors: 5 }));
    await count(c, { ...countsOf(30, { errors: 3 }), latency: slow(15, 15) });
  });

  it.each([
    ['name', [b, c, a]],
    ['status', [a, c, b]],
    ['facts', [b, a, c]],
    ['requests', [c, a, b]],
    ['error_share', [b, c, a]],
    ['p95', [a, c, b]],
    ['storage', [b, a, c]],
    ['gaps', [b, c, a]],
    ['refusals', [a, b, c]],
    ['errors', [b, a, c]],
    ['cache', [a, b, c]],
  ])('by %s is as its column says, and the other way round', async (sort, ids) => {
    const cookie = await signIn();
    expect(idsIn(await html(`/dashboard/tenants?sort=${sort}`, cookie))).toEqual(ids);
    const first = readTableState({ sort }).order;
    const opposite = first === 'asc' ? 'desc' : 'asc';
    const turned = await html(`/dashboard/tenants?sort=${sort}&order=${opposite}`, cookie);
    expect(idsIn(turned)).toEqual(ids.toReversed());
    expect(turned).toContain(`aria-sort="${opposite}ending"`);
  });

  it.each([
    'sort=id;DROP TABLE tenants',
    'sort=__proto__',
    'sort=constructor&order=up',
    'sort=facts&sort=name&order=desc%00',
    'cursor=%00%FF',
    'cursor=eyJhIjoxfQ',
    'cursor=W251bGwsbnVsbF0',
    `q=${'%25'.repeat(200)}`,
    'q=%27%20OR%201=1--',
    'page=-1&limit=1e9',
  ])('is never made of what a URL says: %s', async (query) => {
    const page = await html(`/dashboard/tenants?${query}`, await signIn());
    expect(page).toContain('<h1>Tenants</h1>');
    expect((await env.DB.prepare('SELECT count(*) AS n FROM tenants').first('n')) as number).toBe(
      3,
    );
  });
});

describe('the search', () => {
  it('finds by id and by name, whatever the case, and keeps the order in its links', async () => {
    const id = freshId('needle');
    await addRow(id, 'Hay & Stack');
    await addRow(freshId('other'), 'Another');
    const cookie = await signIn();
    for (const q of ['NEEDLE', 'hay %26 st']) {
      const page = await html(`/dashboard/tenants?q=${q}&sort=facts`, cookie);
      expect(idsIn(page)).toEqual([id]);
      expect(page).toMatch(/href="\/dashboard\/tenants\?q=[^"]+&amp;sort=name"/u);
    }
  });

  it('that finds nothing says so and leads back', async () => {
    await addRow(freshId(), 'Somebody');
    const page = await html('/dashboard/tenants?q=<script>', await signIn());
    expect(page).toContain('0 tenants with “&lt;script&gt;”');
    expect(page).toContain('href="/dashboard/tenants"');
    expect(page).not.toContain('<script>');
  });

  it('takes % and _ as they are', async () => {
    await addRow(freshId(), 'Percent 100%');
    await addRow(freshId(), 'Plain');
    const page = await html('/dashboard/tenants?q=%25', await signIn());
    expect(idsIn(page)).toHaveLength(1);
  });
});

describe('the pages', () => {
  it('say what to do while there are no tenants', async () => {
    const page = await html('/dashboard/tenants', await signIn());
    expect(page).toContain('npx z0 tenant create acme');
  });

  it.each(['created', 'name', 'facts', 'reported'] as const)(
    'by %s show every one of 120 tenants once',
    async (sort) => {
      await addRows('some', 120);
      for (const order of ['asc', 'desc']) {
        const ids = await walk({ sort, order, q: 'some' });
        expect(ids).toHaveLength(120);
        expect(new Set(ids).size).toBe(120);
      }
    },
  );

  it('show every one of 1,050 tenants once, in the order of the index', async () => {
    await addRows('many', 1_050);
    const ids = await walk({ sort: 'name' });
    expect(new Set(ids).size).toBe(1_050);
    expect(ids).toHaveLength(1_050);
    expect(ids[0]).toBe('many-1047');
    const falling = await walk({ sort: 'name', order: 'desc' });
    expect(falling).toEqual(ids.toReversed());
  }, 30_000);

  it('by a count say that only the thousand with the most are in order', async () => {
    await addRows('many', 1_050);
    const id = freshId('first');
    await addRow(id, 'The first');
    await report(id, { facts: 77 });
    const page = await html('/dashboard/tenants?sort=facts', await signIn());
    expect(page).toContain('1,051 tenants');
    expect(page).toContain('Sorted are the 1,000 tenants with the most');
    expect(idsIn(page)[0]).toBe(id);
  });

  it('link the next one and the first one', async () => {
    await addRows('some', 60);
    const cookie = await signIn();
    const first = await html('/dashboard/tenants?sort=name', cookie);
    const next = /href="([^"]+)">Next page/u.exec(first)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const second = await html(next, cookie);
    expect(idsIn(second)).toHaveLength(10);
    expect(second).toContain('href="/dashboard/tenants?sort=name">First page');
    expect(second).not.toContain('Next page');
  });
});

describe('the counts', () => {
  it('are of the last hour, of the last day or of all time, as the URL says', async () => {
    const platform = platformApart();
    const id = freshId('span');
    await addRow(id, 'Span Inc.');
    const hours = (count: number) => Date.now() - count * 3_600_000;
    for (const [ended, amount] of [
      [hours(0), 111],
      [hours(5), 222],
      [hours(30), 333],
    ] as const) {
      await count(id, countsOf(amount), ended, platform);
    }
    const cookie = await signIn();
    const shown = async (span: string) =>
      /<td class="amount">([\d,]+)</u.exec(
        await htmlOf(platform, `/dashboard/tenants?span=${span}`, cookie),
      )?.[1];
    expect([await shown('hour'), await shown('day'), await shown('all')]).toEqual([
      '111',
      '333',
      '666',
    ]);
  });

  it('make a short list of the ten with the most, and lead back to all', async () => {
    const platform = platformApart();
    await addRows('short', 14);
    const reports = Array.from({ length: 14 }, (_, i) =>
      reportOf(`short-00${String(i).padStart(2, '0')}`, 60, { facts_count: i + 1 }),
    );
    await deliver(platform, reports);
    const page = await htmlOf(platform, '/dashboard/tenants?sort=facts&top=10', await signIn());
    expect(idsIn(page)).toHaveLength(10);
    expect(idsIn(page)[0]).toBe('short-0013');
    expect(page).toContain('The first 10 of 14 tenants');
    expect(page).toContain('href="/dashboard/tenants?sort=facts">Show all');
    expect(page).not.toContain('Next page');
  });

  it('mark the tenant that makes more than half of the requests among four', async () => {
    const platform = platformApart();
    for (const [name, requests] of [
      ['loud-one', 9000],
      ['quiet-1', 1000],
      ['quiet-2', 1000],
      ['quiet-3', 1000],
    ] as const) {
      await addRow(name, `Name of ${name}`);
      await count(name, countsOf(requests), undefined, platform);
    }
    const cookie = await signIn();
    for (const path of ['/dashboard', '/dashboard/tenants']) {
      const page = await htmlOf(platform, path, cookie);
      const marks = [...page.matchAll(/Name of ([^<]+)<\/a><span class="flag">/gu)];
      expect(marks.map(([, id]) => id)).toEqual(['loud-one']);
    }
  });
});

it('every column is a link that sorts', async () => {
  await addRow(freshId(), 'Somebody');
  const page = await html('/dashboard/tenants', await signIn());
  for (const sort of Object.keys(SORTS).filter((name) => name !== 'created')) {
    expect(page).toContain(`href="/dashboard/tenants?sort=${sort}"`);
  }
  expect(page).toContain('href="/dashboard/tenants?order=asc"');
});

it('the noisy neighbour is marked, here as on the Overview', async () => {
  // Others may have written within the hour, in tests of other files: this one outdoes them all.
  const noisy = freshId('noisy');
  for (const [id, facts] of [
    [noisy, 9_000_000_000],
    [freshId('n'), 5],
    [freshId('n'), 5],
    [freshId('n'), 5],
  ] as const) {
    await addRow(id, `Name of ${id}`);
    await report(id, { facts });
  }
  const cookie = await signIn();
  for (const path of ['/dashboard', '/dashboard/tenants']) {
    const page = await html(path, cookie);
    const marks = [...page.matchAll(/Name of ([^<]+)<\/a><span class="flag">/gu)];
    expect(marks.map(([, id]) => id)).toEqual([noisy]);
  }
});

it('it refreshes while something is under way, and only then', async () => {
  await addRow(freshId(), 'Still');
  const cookie = await signIn();
  expect(await html('/dashboard/tenants', cookie)).not.toContain('http-equiv="refresh"');
  await addRow(freshId(), 'Moving', 'provisioning');
  expect(await html('/dashboard/tenants', cookie)).toContain('http-equiv="refresh"');
});
