// Errors, Self-observability, System and Audit in a real browser, with requests that were refused and
// writes that were counted on the real platform.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { expectSound, launchBrowser, newVisit, screenshot, type Visit } from './browser-world.ts';
import { asTenant, charge, newAccount, onboard, sharedState } from './client.ts';
import { until } from './platform-process.ts';

const LOUD = 'loud-tenant';

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
  await onboard(inject('stateDir'), LOUD);
  const tenant = await asTenant(sharedState(), LOUD);
  const body = { type: 'observability', settings: { interval_ms: 1_000 } };
  await tenant('PUT', '/v1/configs/cfg_loud', { body });
  const account = await newAccount(tenant);
  await Promise.all(
    Array.from({ length: 30 }, (_, i) =>
      tenant('POST', '/v1/facts', { body: charge(account, i + 1) }),
    ),
  );
  for (let i = 0; i < 6; i += 1) await tenant('GET', '/v1/entities/acct_nobody');
  await tenant('POST', '/v1/facts', { body: { type: 'charge' } });
  await fetch(`${sharedState().dispatcher_url}/t/${LOUD}/v1/entities`);
  const { page } = await signedIn('/errors?by=tenant');
  await until(async () => {
    await page.reload();
    return (await mainText(page)).includes(LOUD);
  }, 30_000);
});
afterAll(() => browser.close());

async function signedIn(path: string, width = 1440, scheme?: 'dark'): Promise<Visit> {
  const visit = await newVisit(browser, width, scheme);
  await visit.page.goto(sharedState().dashboard_url);
  await visit.page.goto(`${sharedState().platform_url}/dashboard${path}`);
  return visit;
}

const mainText = (page: Page): Promise<string> => page.locator('main').innerText();

describe.each([1440, 390])('at %i px', (width) => {
  test('errors are put together by code, route and tenant, and narrowed with a click', async () => {
    const { page, complaints } = await signedIn('/errors', width);
    expect(await mainText(page)).toContain('not_found');
    await expectSound(page);
    await screenshot(page, `errors-${width}`);
    await page.getByRole('link', { name: 'By route' }).click();
    expect(await mainText(page)).toContain('/v1/entities/{id}');
    await screenshot(page, `errors-route-${width}`);
    await page.getByRole('link', { name: 'By tenant' }).click();
    await expectSound(page);
    await screenshot(page, `errors-tenant-${width}`);
    await page.locator('table.errors').getByRole('link', { name: LOUD }).click();
    expect(new URL(page.url()).search).toBe(`?tenant=${LOUD}`);
    await page.getByRole('link', { name: 'last hour' }).click();
    expect(new URL(page.url()).search).toBe(`?span=hour&tenant=${LOUD}`);
    expect(await mainText(page)).toContain('not_found');
    await page.locator('.chip').click();
    expect(new URL(page.url()).search).toBe('?span=hour');
    await page.goto(`${page.url()}&code=storage_full`);
    expect(await mainText(page)).toContain('No request was refused or failed');
    await expectSound(page);
    await screenshot(page, `errors-nothing-${width}`);
    expect(complaints).toEqual([]);
  });

  test('the platform says how it watches itself, what that means and what to do', async () => {
    const { page, complaints } = await signedIn('/self', width);
    await until(async () => {
      await page.reload();
      return (await page.locator('.signals').count()) > 0;
    }, 30_000);
    const text = await mainText(page);
    for (const name of ['Cache hits', 'Hydrations', 'Flush lag', 'Gaps', 'Load of the shards']) {
      expect(text).toContain(name);
    }
    await expectSound(page);
    await screenshot(page, `self-${width}`);
    expect(complaints).toEqual([]);
  });

  test('the parts of the system answer, and tenants run the version that new ones get', async () => {
    const { page, complaints } = await signedIn('/system', width);
    const text = await mainText(page);
    expect(text).toContain('All parts answer');
    expect(text).toContain('Nobody is behind it.');
    await expectSound(page);
    await screenshot(page, `system-${width}`);
    expect(complaints).toEqual([]);
  });

  test('the audit says who did what, and is narrowed to a tenant and a kind', async () => {
    const { page, complaints } = await signedIn('/audit', width);
    expect(await mainText(page)).toContain('tenant.requested');
    expect(await mainText(page)).not.toContain('step.succeeded');
    await expectSound(page);
    await screenshot(page, `audit-${width}`);
    await page.getByRole('searchbox').fill(LOUD);
    await page.keyboard.press('Enter');
    await page.waitForURL(/tenant=loud-tenant/u);
    await page.getByRole('link', { name: 'Steps of runs' }).click();
    const text = await mainText(page);
    expect(text).toContain('step.succeeded · smoke');
    expect(text).not.toContain('acme');
    await page.getByRole('link', { name: 'Keys' }).click();
    expect(await mainText(page)).toContain('made a key');
    expect(await page.content()).not.toMatch(/[0-9a-f]{64}/u);
    await expectSound(page);
    await screenshot(page, `audit-keys-${width}`);
    expect(complaints).toEqual([]);
  });

  test('a tenant’s page sets what was seen beside what is claimed', async () => {
    const { page, complaints } = await signedIn(`/tenants/${LOUD}`, width);
    const text = await mainText(page);
    for (const name of ['Dispatcher saw', 'Ledgers claim', 'Limits of its plan', 'current']) {
      expect(text).toContain(name);
    }
    await expectSound(page);
    await screenshot(page, `tenant-red-${width}`);
    await page.locator('.inside').getByRole('link', { name: 'Errors' }).click();
    expect(new URL(page.url()).search).toBe(`?tenant=${LOUD}`);
    expect(complaints).toEqual([]);
  });

  test('tenants are sorted by what the dispatcher counted, and the ten with the most stand out', async () => {
    const { page, complaints } = await signedIn('/tenants', width);
    await page.getByRole('link', { name: 'requests', exact: true }).click();
    expect(new URL(page.url()).search).toBe('?sort=requests&top=10');
    expect(await page.locator('table.tenants tbody').innerText()).toContain(LOUD);
    const cells = await page.locator('table.tenants tbody td:nth-child(4)').allInnerTexts();
    const requests = cells.map((text) => Number(text.replaceAll(/\D/gu, '')));
    expect(requests).toEqual(requests.toSorted((a, b) => b - a));
    expect(requests.length).toBeLessThanOrEqual(10);
    await page.getByRole('link', { name: 'since onboarding' }).click();
    await expectSound(page);
    await screenshot(page, `tenants-top-${width}`);
    await page.goto(`${sharedState().platform_url}/dashboard`);
    expect(await mainText(page)).toContain(LOUD);
    await expectSound(page);
    await screenshot(page, `overview-busy-${width}`);
    expect(complaints).toEqual([]);
  });
});

test('every screen can be read in the dark', async () => {
  const { page } = await signedIn('', 1440, 'dark');
  const paths = ['', '/tenants', `/tenants/${LOUD}`, '/errors', '/self', '/system', '/audit'];
  for (const path of paths) {
    await page.goto(`${sharedState().platform_url}/dashboard${path}`);
    await expectSound(page);
    await screenshot(page, `dark-screens${path.replaceAll('/', '-')}`);
  }
}, 120_000);
