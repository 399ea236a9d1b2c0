// A tenant's entities in a real browser, as the operator sees them: found, opened, gone back in time
// with the slider, verified; and what stands there when there is nothing.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { expectSound, launchBrowser, newVisit, screenshot, type Visit } from './browser-world.ts';
import { asTenant, charge, newAccount, onboard, sharedState } from './client.ts';
import { until } from './platform-process.ts';

let browser: Browser;
let account: string;
beforeAll(async () => {
  browser = await launchBrowser();
  const acme = await asTenant(sharedState(), 'acme');
  account = await newAccount(acme, 5_000_000);
  const settings = { fields: { memo: 'Paper cups', lines: [{ sku: 'cup-8oz', count: 40 }] } };
  const body = { type: 'pricing', settings, entity_id: account };
  await acme('PUT', '/v1/configs/cfg_pricing', { body });
  for (let amount = 1; amount <= 24; amount += 1) {
    await acme('POST', '/v1/facts', { body: charge(account, amount) });
  }
});
afterAll(() => browser.close());

const mainText = (page: Page): Promise<string> => page.locator('main').innerText();
const pathOf = (id: string): string => `/dashboard/tenants/acme/entities/${id}`;

async function visit(
  path: string,
  width = 1440,
  scheme: 'light' | 'dark' = 'light',
): Promise<Visit> {
  const visitor = await newVisit(browser, width, scheme);
  await visitor.page.goto(sharedState().dashboard_url);
  await visitor.page.goto(`${sharedState().platform_url}${path}`);
  return visitor;
}

/** Entities report themselves to the list within a minute or two. */
async function untilListed(page: Page, id: string): Promise<void> {
  await until(async () => {
    await page.reload();
    return (await mainText(page)).includes(id);
  }, 150_000);
}

describe.each([1440, 390])('at %i px', (width) => {
  test('entities are listed, found by how their id begins, and opened', {
    timeout: 180_000,
  }, async () => {
    const { page, complaints } = await visit('/dashboard/tenants/acme/entities', width);
    await untilListed(page, 'acct_coffee');
    await expectSound(page);
    await screenshot(page, `entities-${width}`);
    await page.getByRole('searchbox').fill('acct_k');
    await page.keyboard.press('Enter');
    await page.waitForURL(/prefix=acct_k/u);
    expect(await page.locator('tbody .name').allInnerTexts()).toEqual(['acct_kiosk']);
    await page.getByRole('link', { name: 'acct_kiosk' }).click();
    expect(new URL(page.url()).pathname).toBe(pathOf('acct_kiosk'));
    expect(await mainText(page)).toContain('BalanceState.balance');
    expect(complaints).toEqual([]);
  });

  test('an entity shows its facts, its state and its Configs, and what each fact holds', async () => {
    const { page, complaints } = await visit(pathOf(account), width);
    for (const text of ['State', 'Facts', 'Configs', 'BalanceState.balance', 'pricing']) {
      expect(await mainText(page)).toContain(text);
    }
    const fact = page.locator('#fact-20');
    await fact.locator('summary').click();
    expect(await fact.innerText()).toContain('"amount": 18');
    await page.locator('#config-pricing summary').click();
    await expectSound(page);
    await screenshot(page, `entity-${width}`);
    await page.getByRole('link', { name: 'Older facts' }).click();
    expect(await page.locator('#fact-1 summary').innerText()).toContain('lifecycle');
    await expectSound(page);
    expect(complaints).toEqual([]);
  });

  test('the slider goes back in time, at once and by address', async () => {
    const { page, complaints } = await visit(`${pathOf(account)}?seq=11`, width);
    expect(await page.locator('.diff').innerText()).toContain('45');
    const slider = page.getByRole('slider', { name: 'Position' });
    await slider.focus();
    await page.keyboard.press('ArrowLeft');
    await page.waitForURL(/seq=10/u);
    await page.locator('.diff', { hasText: '28' }).waitFor();
    expect(await page.locator('#state h2').innerText()).toContain('after fact 10 of');
    expect(await slider.evaluate((input) => input === document.activeElement)).toBe(true);
    await expectSound(page);
    await screenshot(page, `entity-then-${width}`);
    await page.getByRole('link', { name: /^newest/u }).click();
    expect(await mainText(page)).toContain('What has changed since');
    expect(complaints).toEqual([]);
  });

  test('a ledger is proved at the press of a button', async () => {
    const { page, complaints } = await visit(pathOf(account), width);
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.waitForURL(/verify=1/u);
    expect(await page.locator('#verification').innerText()).toMatch(/Proved: \d+ facts/u);
    await expectSound(page);
    await screenshot(page, `entity-verified-${width}`);
    expect(complaints).toEqual([]);
  });

  test('a tenant without entities says what to do next', { timeout: 120_000 }, async () => {
    await onboard(inject('stateDir'), `blank-${width}`);
    const { page, complaints } = await visit(`/dashboard/tenants/blank-${width}/entities`, width);
    expect(await mainText(page)).toContain('No entity of this tenant has reported yet');
    await expectSound(page);
    await screenshot(page, `entities-empty-${width}`);
    expect(complaints).toEqual([]);
  });
});

test('without script the slider is a form', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(sharedState().dashboard_url);
  await page.goto(`${sharedState().platform_url}${pathOf(account)}`);
  await page.getByRole('slider').fill('7');
  await page.getByRole('button', { name: 'Show' }).click();
  expect(new URL(page.url()).searchParams.get('seq')).toBe('7');
  expect(await page.locator('#state h2').innerText()).toContain('after fact 7 of');
});

test('every page can be read in the dark', async () => {
  const { page } = await visit(`${pathOf(account)}?verify=1&seq=5`, 1440, 'dark');
  await page.locator('#fact-20 summary').click();
  await expectSound(page);
  await screenshot(page, 'dark-entity');
});

test('an entity that is not there is not there', async () => {
  const { page } = await visit(pathOf('acct_nobody'));
  expect(await mainText(page)).toContain('No such entity');
});
