// The Errors page: put together by code, route or tenant, over a span, narrowed by the URL.
import { beforeEach, describe, expect, it } from 'vitest';
import { errorRows } from '../../platform/src/dashboard/errors/error-rows.ts';
import { meaningOf } from '../../platform/src/dashboard/errors/next-step.ts';
import type { Env } from '../../platform/src/env.ts';
import { ERRORS } from '../../sdk/src/errors.ts';
import { addRow, count, htmlOf, signIn } from './dashboard-world.ts';
import { countsOf, platformApart } from './stats-world.ts';
import { freshId } from './world.ts';

const FACTS = '/v1/facts';
const ENTITY = '/v1/entities/{id}';

const group = (code: string, route: string, status: number, amount: number) => {
  return { code, route, status, count: amount };
};

/** The keys of the rows, from the top. */
const keysIn = (page: string): string[] =>
  [...page.matchAll(/<td><a class="name"[^>]*>(?:<code>)?([^<]+)</gu)].map(([, key]) => key ?? '');

describe('the page', () => {
  let platform: Env;
  let cookie: string;
  const [acme, globex] = [freshId('acme'), freshId('globex')];

  beforeEach(async () => {
    platform = platformApart();
    cookie = await signIn();
  });

  async function fill(): Promise<void> {
    for (const id of [acme, globex]) {
      await addRow(id, `Name of ${id}`).catch(() => undefined);
    }
    const groups = [group('rate_limited', FACTS, 429, 30), group('worker_failed', ENTITY, 502, 20)];
    await count(acme, countsOf(200, { refusals: 30, errors: 20, groups }), undefined, platform);
    const other = [group('worker_failed', FACTS, 502, 15)];
    await count(globex, countsOf(100, { errors: 15, groups: other }), undefined, platform);
    const lost = [group('token_missing', 'other', 401, 5)];
    await count('', countsOf(5, { refusals: 5, groups: lost }), undefined, platform);
  }

  const errors = (query = ''): Promise<string> =>
    htmlOf(platform, `/dashboard/errors${query}`, cookie);

  it('says what to do to see one while there is none', async () => {
    const page = await errors();
    expect(page).toContain('No request was refused or failed in the last day.');
    expect(page).toContain('curl https://api.test/t/acme/v1/entities');
  });

  it('puts together by code, most first, with what each means and what to do next', async () => {
    await fill();
    const page = await errors();
    expect(keysIn(page)).toEqual([
      ERRORS.worker_failed.title,
      ERRORS.rate_limited.title,
      ERRORS.token_missing.title,
    ]);
    expect(page).toContain('worker_failed · may be retried');
    expect(page).toContain('Roll back if it is new');
    expect(page).toMatch(/Failed, 5xx<\/dt><dd class="value figures">35</u);
    expect(page).toMatch(/Refused, 4xx<\/dt><dd class="value figures">35</u);
    expect(page).toContain('>50 %<');
  });

  it('puts together by route and by tenant, where the URL says so', async () => {
    await fill();
    expect(keysIn(await errors('?by=route'))).toEqual([FACTS, ENTITY, 'other']);
    const byTenant = await errors('?by=tenant');
    expect(keysIn(byTenant)).toEqual([`Name of ${acme}`, `Name of ${globex}`]);
    expect(byTenant).toContain('No tenant');
  });

  it('is narrowed to a tenant, a code, a route, and each can be taken away', async () => {
    await fill();
    const page = await errors(`?tenant=${acme}&code=worker_failed`);
    expect(keysIn(page)).toEqual([ERRORS.worker_failed.title]);
    expect(page).toMatch(/Failed, 5xx<\/dt><dd class="value figures">20</u);
    expect(page).toContain('href="/dashboard/errors?code=worker_failed"');
    expect(page).toContain(`href="/dashboard/errors?tenant=${acme}"`);
    expect(keysIn(await errors(`?tenant=${globex}`))).toHaveLength(1);
  });

  it('shows the hour, the day or the week', async () => {
    const groups = [group('worker_failed', FACTS, 502, 4)];
    const ended = Date.now() - 30 * 3_600_000;
    await count(acme, countsOf(9, { errors: 4, groups }), ended, platform);
    expect(await errors('?span=hour')).toContain('failed in the last hour');
    expect(await errors('?span=day')).toContain('failed in the last day');
    expect(keysIn(await errors('?span=week'))).toEqual([ERRORS.worker_failed.title]);
  });

  it.each([
    'by=__proto__&span=constructor',
    'tenant=%3Cscript%3E&code=%27%20OR%201',
    'route=%3Cscript%3E',
  ])('is never made of what a URL says: %s', async (query) => {
    const page = await errors(`?${query}`);
    expect(page).toContain('<h1>Errors</h1>');
    expect(page).not.toContain('<script>');
  });
});

describe('a code', () => {
  it.each(Object.keys(ERRORS))('%s has a next step', (code) => {
    expect(meaningOf(code).next.length).toBeGreaterThan(10);
    expect(meaningOf(code).title).not.toContain('Anything');
  });

  it('that no registry has is told as it was answered', () => {
    expect(meaningOf('http_418').title).toBe('Answered with 418');
    expect(meaningOf('constructor').title).toBe('Anything else');
  });
});

it('rows name the tenants, routes and codes in them, most first', () => {
  const at = '2026-11-22T02:30:00.000Z';
  const rows = errorRows(
    [
      { tenant_id: 'a', ...group('x', FACTS, 500, 1), last_at: at },
      { tenant_id: 'b', ...group('x', ENTITY, 400, 5), last_at: '2026-11-22T02:20:00.000Z' },
    ],
    'code',
  );
  expect(rows).toEqual([
    {
      key: 'x',
      count: 6,
      failures: 1,
      lastAt: at,
      codes: ['x'],
      routes: [ENTITY, FACTS],
      tenants: ['b', 'a'],
    },
  ]);
});
