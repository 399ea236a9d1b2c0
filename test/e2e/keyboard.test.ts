// The keyboard in a real browser: every page can be reached, searched, walked through and left
// without a mouse, and keys that are typed are never taken for commands.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectSound, launchBrowser, newVisit, screenshot } from './browser-world.ts';
import { sharedState } from './client.ts';

let browser: Browser;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  browser = await launchBrowser();
  ({ page, complaints } = await newVisit(browser));
  await page.goto(sharedState().dashboard_url);
});
afterAll(async () => {
  expect(complaints).toEqual([]);
  await browser.close();
});

const open = (path: string) => page.goto(`${sharedState().platform_url}/dashboard${path}`);

async function press(...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

const pathOf = (): string => new URL(page.url()).pathname;
const focused = (): Promise<string | undefined> =>
  page.evaluate(() => document.activeElement?.textContent?.trim());

test.each([
  ['t', '/dashboard/tenants'],
  ['e', '/dashboard/errors'],
  ['s', '/dashboard/self'],
  ['y', '/dashboard/system'],
  ['a', '/dashboard/audit'],
  ['o', '/dashboard'],
])('g and then %s goes to %s', async (key, path) => {
  await open(key === 't' ? '' : '/tenants');
  await press('g', key);
  await page.waitForURL((url) => url.pathname === path);
  expect(await page.locator('h1').count()).toBe(1);
});

test('a tenant is searched, found, walked to and opened', async () => {
  await open('/tenants');
  await press('/');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('q');
  // None of these letters is a command in a field.
  await page.keyboard.type('globex');
  await press('Enter');
  await page.waitForURL(/[?&]q=globex/u);
  await press('j');
  expect(await focused()).toBe('Globex Telecom');
  await press('Enter');
  await page.waitForURL(/\/tenants\/globex/u);
});

test('j and k walk through the rows and stop at both ends', async () => {
  await open('/tenants?sort=name');
  const names = await page.locator('table[data-rows] tbody a.name').allInnerTexts();
  expect(names.length).toBeGreaterThan(2);
  const walked: (string | undefined)[] = [];
  for (const key of ['k', 'j', 'j', 'k', 'k', 'k']) {
    await press(key);
    walked.push(await focused());
  }
  const [first, second, third] = names;
  expect(walked).toEqual([first, second, third, second, first, first]);
  await screenshot(page, 'keyboard-row');
  await press('Escape');
  expect(await page.evaluate(() => document.activeElement === document.body)).toBe(true);
});

test.each([1440, 390])('? opens the help and closes it, at %i px', async (width) => {
  await page.setViewportSize({ width, height: 900 });
  await open('');
  const help = page.getByRole('dialog', { name: 'Keyboard' });
  await press('?');
  expect(await help.isVisible()).toBe(true);
  const text = await help.innerText();
  for (const line of ['Search', 'Next row', 'Refresh', 'Go to Tenants', 'Go to Audit']) {
    expect(text).toContain(line);
  }
  await expectSound(page);
  await screenshot(page, `keyboard-help-${width}`);
  // What lies beneath is out of reach.
  await press('g', 't');
  expect(pathOf()).toBe('/dashboard');
  await press('?');
  expect(await help.isVisible()).toBe(false);
  await page.getByRole('button', { name: 'Keyboard help' }).click();
  expect(await help.isVisible()).toBe(true);
  await press('Escape');
  expect(await help.isVisible()).toBe(false);
  await page.setViewportSize({ width: 1440, height: 900 });
});

test('l pauses and goes on, and r reads the page again', async () => {
  await open('/tenants');
  const live = page.locator('.live');
  await expect.poll(() => live.innerText(), { timeout: 10_000 }).toBe('Live');
  await press('l');
  expect(await live.innerText()).toBe('Paused');
  const made = () => page.locator('main').getAttribute('data-rendered-at');
  const before = await made();
  await press('r');
  await expect.poll(made, { timeout: 10_000 }).not.toBe(before);
  expect(await live.innerText()).toBe('Paused');
  await press('l');
  await expect.poll(() => live.innerText(), { timeout: 10_000 }).toBe('Live');
});

test('a key with a modifier is the browser’s, and all of them can be switched off', async () => {
  await open('');
  await press('Control+j', 'Alt+r', 'Meta+l', 'g', 'Control+t');
  expect(pathOf()).toBe('/dashboard');
  await press('?');
  await page.getByLabel('Use these keys in this browser').uncheck();
  await press('Escape', 'g', 't', '?');
  expect(pathOf()).toBe('/dashboard');
  expect(await page.locator('dialog[open]').count()).toBe(0);
  await page.getByRole('button', { name: 'Keyboard help' }).click();
  await page.getByLabel('Use these keys in this browser').check();
  await press('Escape', 'g', 't');
  await page.waitForURL(/\/dashboard\/tenants$/u);
});
