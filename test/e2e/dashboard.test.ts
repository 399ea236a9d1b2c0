// The dashboard in a real browser: the link signs in, tenants and their steps are there, can be
// found, sorted, suspended and resumed; nothing else gets in.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { expectSound, launchBrowser, newVisit, screenshot, type Visit } from './browser-world.ts';
import { onboard, sharedState } from './client.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

async function signedIn(width: number, scheme: 'light' | 'dark' = 'light'): Promise<Visit> {
  const visit = await newVisit(browser, width, scheme);
  await visit.page.goto(sharedState().dashboard_url);
  return visit;
}

const mainText = (page: Page): Promise<string> => page.locator('main').innerText();

/** The first column of the tenant table, as the visitor sees it. */
async function tenantIds(page: Page): Promise<string[]> {
  return page.locator('table.tenants tbody .id').allInnerTexts();
}

describe.each([1440, 390])('at %i px', (width) => {
  test('the link signs in and shows what is going on', async () => {
    const { page, complaints } = await signedIn(width);
    expect(new URL(page.url()).pathname).toBe('/dashboard');
    const text = await mainText(page);
    for (const name of ['Overview', 'Requests', 'Error share', 'p95', 'Facts per second']) {
      expect(text).toContain(name);
    }
    // Other tests onboard tenants of their own.
    expect(text).toMatch(/\d+ active/u);
    await page.getByText('As a table').first().click();
    await expectSound(page);
    await screenshot(page, `overview-${width}`);
    expect(complaints).toEqual([]);
  });

  test('all tenants are a click away, sorted by any column, found by name', async () => {
    const { page, complaints } = await signedIn(width);
    await page.getByRole('link', { name: 'Tenants', exact: true }).click();
    const text = await mainText(page);
    for (const tenant of ['Acme Coffee Supply', 'Globex Telecom', 'Initech Software']) {
      expect(text).toContain(tenant);
    }
    await expectSound(page);
    await screenshot(page, `tenants-${width}`);
    if (width < 600) return expect(complaints).toEqual([]);
    await page.locator('th').getByRole('link', { name: 'Tenant' }).click();
    const rising = await tenantIds(page);
    await page.locator('th').getByRole('link', { name: 'Tenant' }).click();
    expect(await tenantIds(page)).toEqual(rising.toReversed());
    expect(new URL(page.url()).search).toBe('?sort=name&order=desc');
    await page.getByRole('searchbox').fill('globex');
    await page.keyboard.press('Enter');
    await page.waitForURL(/[?&]q=globex/u);
    expect(await tenantIds(page)).toEqual(['globex']);
    await expectSound(page);
    await screenshot(page, `tenants-found-${width}`);
    expect(complaints).toEqual([]);
  });

  test('a tenant’s page shows its numbers, its span and its provisioning steps', async () => {
    const { page, complaints } = await signedIn(width);
    await page.goto(`${sharedState().platform_url}/dashboard/tenants/acme`);
    const text = (await mainText(page)).toLowerCase();
    for (const step of ['reserve', 'keys', 'upload', 'route', 'smoke', 'active']) {
      expect(text).toContain(step);
    }
    expect(text).toContain('is it them or us?');
    await page.getByRole('link', { name: 'last 48 hours' }).click();
    expect(await mainText(page)).toContain('Facts per hour');
    await page.getByText('The same from a terminal').click();
    expect((await mainText(page)).toLowerCase()).toContain('dispatcher saw');
    await expectSound(page);
    await screenshot(page, `tenant-${width}`);
    expect(complaints).toEqual([]);
  });
});

test('every page can be read in the dark', async () => {
  const { page } = await signedIn(1440, 'dark');
  for (const path of ['', '/tenants', '/tenants/acme', '/tenants/acme/suspend']) {
    await page.goto(`${sharedState().platform_url}/dashboard${path}`);
    await expectSound(page);
    await screenshot(page, `dark${path.replaceAll('/', '-')}`);
  }
});

describe.each([1440, 390])('at %i px', (width) => {
  test('a tenant is suspended and resumed, each after being asked', async () => {
    const id = `switch-${width}`;
    await onboard(inject('stateDir'), id);
    const { page, complaints } = await signedIn(width);
    await page.goto(`${sharedState().platform_url}/dashboard/tenants/${id}`);
    await page.getByRole('button', { name: 'Suspend …' }).click();
    await expectSound(page);
    await screenshot(page, `suspend-${width}`);
    await page.getByRole('button', { name: `Suspend ${id}` }).click();
    expect(new URL(page.url()).pathname).toBe(`/dashboard/tenants/${id}`);
    expect(await page.locator('.title .status').innerText()).toBe('suspended');
    expect(await mainText(page)).toContain('tenant suspended');
    await expectSound(page);
    await screenshot(page, `suspended-${width}`);
    await page.getByRole('button', { name: 'Resume …' }).click();
    await page.getByRole('button', { name: `Resume ${id}` }).click();
    expect(await page.locator('.title .status').innerText()).toBe('active');
    expect(complaints).toEqual([]);
  });
});

test('a form of another page cannot suspend anybody', async () => {
  const { page } = await signedIn(1440);
  const action = `${sharedState().platform_url}/dashboard/tenants/acme/suspend`;
  await page.goto('data:text/html,<p>another site</p>');
  await page.setContent(`<form method="post" action="${action}"><button>Win</button></form>`);
  await page.getByRole('button').click();
  await page.waitForURL(action);
  expect(await page.locator('body').innerText()).not.toContain('suspended');
  await page.goto(`${sharedState().platform_url}/dashboard/tenants/acme`);
  expect(await page.locator('.title .status').innerText()).toBe('active');
});

test('without the link there is nothing to see', async () => {
  const { page } = await newVisit(browser);
  const answer = await page.goto(`${sharedState().platform_url}/dashboard`);
  expect(answer?.status()).toBe(401);
  expect(await page.locator('body').innerText()).toContain('npx z0 dashboard');
  expect(await page.content()).not.toContain('Acme');
});

test('a link with another signature does not sign in', async () => {
  const { page } = await newVisit(browser);
  const link = new URL(sharedState().dashboard_url);
  const token = link.searchParams.get('token') ?? '';
  link.searchParams.set('token', `${token.slice(0, -4)}AAAA`);
  const answer = await page.goto(link.href);
  expect(answer?.status()).toBe(401);
});
