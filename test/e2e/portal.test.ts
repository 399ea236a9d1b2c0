// The portal in a real browser: a tenant signs in with its key, sees its own half of everything, makes
// and revokes keys, and finds the operator's looks.
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { expectSound, launchBrowser, newVisit, screenshot, type Visit } from './browser-world.ts';
import { asOperator, asTenant, charge, newAccount, onboard, sharedState } from './client.ts';

let browser: Browser;
let account: string;
beforeAll(async () => {
  browser = await launchBrowser();
  const globex = await asTenant(sharedState(), 'globex');
  account = await newAccount(globex, 1_000);
  // Ten that fit the limit, and refusals to be counted.
  for (let amount = 1; amount <= 16; amount += 1) {
    await globex('POST', '/v1/facts', { body: charge(account, amount * 10) });
  }
  await globex('GET', '/v1/entities/acct_nobody');
});
afterAll(() => browser.close());
// A page that stays open keeps its stream of events, and a tenant may have only so many. This build of
// the browser ends with the first context that is closed.
afterEach(async () => {
  const pages = browser.contexts().flatMap((context) => context.pages());
  for (const page of pages) await page.goto('about:blank');
});

const mainText = (page: Page): Promise<string> => page.locator('main').innerText();
const urlOf = (path: string): string => `${sharedState().platform_url}${path}`;

async function signIn(page: Page, tenant: string): Promise<void> {
  const credentials = sharedState().tenants[tenant];
  await page.goto(urlOf('/portal'));
  await page.getByLabel('Client id').fill(credentials?.client_id ?? '');
  await page.getByLabel('Client secret').fill(credentials?.client_secret ?? '');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
}

async function signedIn(
  tenant: string,
  width = 1440,
  scheme: 'light' | 'dark' = 'light',
): Promise<Visit> {
  const visit = await newVisit(browser, width, scheme);
  await signIn(visit.page, tenant);
  visit.complaints.length = 0;
  return visit;
}

const PLACES = ['Overview', 'Entities', 'Errors', 'Keys', 'Limits', 'Versions', 'Access'];

describe.each([1440, 390])('at %i px', (width) => {
  test('a key signs in, a wrong secret does not', async () => {
    const { page } = await newVisit(browser, width);
    await page.goto(urlOf('/portal'));
    await expectSound(page);
    await screenshot(page, `portal-sign-in-${width}`);
    await page.getByLabel('Client id').fill(sharedState().tenants.globex?.client_id ?? '');
    await page.getByLabel('Client secret').fill('z0_test_wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    expect(await mainText(page)).toContain('its secret is wrong');
    await expectSound(page);
    await screenshot(page, `portal-refused-${width}`);
    await signIn(page, 'globex');
    expect(new URL(page.url()).pathname).toBe('/portal');
  });

  test('every place is a click away, sound, and of nobody else', { timeout: 120_000 }, async () => {
    const { page, complaints } = await signedIn('globex', width);
    for (const place of PLACES) {
      await page.getByRole('navigation').getByRole('link', { name: place, exact: true }).click();
      await page.getByRole('heading', { level: 1, name: place }).waitFor();
      expect(await page.content()).not.toMatch(/acme|initech/iu);
      await expectSound(page);
      await screenshot(page, `portal-${place.toLowerCase()}-${width}`);
    }
    expect(complaints).toEqual([]);
  });

  test('an entity is shown as it is, with its slider and its proof', async () => {
    const { page, complaints } = await signedIn('globex', width);
    await page.goto(urlOf(`/portal/entities/${account}?verify=1`));
    expect(await page.locator('#verification').innerText()).toContain('Proved');
    await page.getByRole('slider', { name: 'Position' }).focus();
    await page.keyboard.press('ArrowLeft');
    await page.waitForURL(/seq=\d+/u);
    await page.locator('#state h2', { hasText: 'of' }).waitFor();
    await expectSound(page);
    await screenshot(page, `portal-entity-${width}`);
    expect(complaints).toEqual([]);
  });

  test('a key is made, shown once, and revoked after asking', { timeout: 120_000 }, async () => {
    const tenant = `keys-${width}`;
    await onboard(inject('stateDir'), tenant);
    const { page, complaints } = await signedIn(tenant, width);
    await page.getByRole('link', { name: 'Keys' }).click();
    await page.getByLabel('Label').fill('ci runner');
    await page.getByRole('button', { name: 'Create key' }).click();
    expect(await page.locator('pre.secret').innerText()).toMatch(/^z0_test_/u);
    await expectSound(page);
    await screenshot(page, `portal-new-key-${width}`);
    await page.getByRole('link', { name: /Back to the keys/u }).click();
    expect(await mainText(page)).not.toContain('z0_test_');
    await expectSound(page);
    await screenshot(page, `portal-two-keys-${width}`);
    await page.getByRole('button', { name: 'Revoke ci runner' }).click();
    await expectSound(page);
    await screenshot(page, `portal-revoke-${width}`);
    await page.getByRole('button', { name: 'Revoke ci runner' }).click();
    await page.waitForURL(/\/portal\/keys$/u);
    expect(await page.locator('tr', { hasText: 'ci runner' }).innerText()).toContain('revoked');
    for (const empty of ['entities', 'errors', 'access']) {
      await page.goto(urlOf(`/portal/${empty}`));
      await expectSound(page);
      await screenshot(page, `portal-empty-${empty}-${width}`);
    }
    expect(complaints).toEqual([]);
  });
});

test('every page can be read in the dark', async () => {
  const { page } = await signedIn('globex', 1440, 'dark');
  for (const place of ['', '/limits', '/keys', `/entities/${account}`]) {
    await page.goto(urlOf(`/portal${place}`));
    await expectSound(page);
    await screenshot(page, `dark-portal${place.split('/').slice(0, 2).join('-')}`);
  }
});

test('the operator’s look is on the tenant’s Access page', async () => {
  const operator = await newVisit(browser);
  await operator.page.goto(sharedState().dashboard_url);
  await operator.page.goto(urlOf(`/dashboard/tenants/globex/entities/${account}`));
  const { page } = await signedIn('globex');
  await page.goto(urlOf('/portal/access'));
  await expectSound(page);
  await screenshot(page, 'portal-access-looks');
  await page.getByRole('link', { name: account }).first().click();
  expect(new URL(page.url()).pathname).toBe(`/portal/entities/${account}`);
});

test('a suspended tenant’s session ends', { timeout: 120_000 }, async () => {
  await onboard(inject('stateDir'), 'halted');
  const { page } = await signedIn('halted');
  const answer = await asOperator(sharedState())('POST', '/v1/tenants/halted/suspend');
  expect(answer.status).toBe(200);
  await page.goto(urlOf('/portal/keys'));
  expect(await mainText(page)).toContain('Client secret');
});

test('another site’s form signs nobody in', async () => {
  const { page } = await newVisit(browser);
  const action = urlOf('/portal/sign-in');
  await page.goto('data:text/html,<p>another site</p>');
  await page.setContent(`<form method="post" action="${action}"><button>Win</button></form>`);
  await page.getByRole('button').click();
  await page.waitForURL(action);
  expect(await page.locator('body').innerText()).toContain('Nothing was changed');
});
