// The dashboard in a real browser: the link signs in, tenants and their steps are there, nothing
// else gets in.
/// <reference lib="dom" />
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import chromium from '@sparticuz/chromium';
import { type Browser, type Page, chromium as playwright } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { sharedState } from './client.ts';

let browser: Browser;
beforeAll(async () => {
  const executablePath = await chromium.executablePath();
  browser = await playwright.launch({ executablePath, args: chromium.args, headless: true });
});
afterAll(() => browser.close());

/** A fresh, signed-out page that collects what the browser complains about. */
async function newPage(width = 1440): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({ viewport: { width, height: 900 } });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return { page, complaints };
}

async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env.Z0_SCREENSHOTS ?? join(inject('stateDir'), 'screenshots');
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

describe.each([1440, 390])('at %i px', (width) => {
  test('the link signs in and shows every tenant', async () => {
    const { page, complaints } = await newPage(width);
    await page.goto(sharedState().dashboard_url);
    expect(new URL(page.url()).pathname).toBe('/dashboard');
    const text = await page.locator('main').innerText();
    for (const tenant of ['Acme Coffee Supply', 'Globex Telecom', 'Initech Software']) {
      expect(text).toContain(tenant);
    }
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth > window.innerWidth,
    );
    expect(overflow, 'the page scrolls sideways').toBe(false);
    await screenshot(page, `tenants-${width}`);
    expect(complaints).toEqual([]);
  });

  test('a tenant’s page shows its provisioning steps', async () => {
    const { page, complaints } = await newPage(width);
    await page.goto(sharedState().dashboard_url);
    await page.getByRole('link', { name: /acme/i }).first().click();
    const text = await page.locator('main').innerText();
    for (const step of ['reserve', 'keys', 'upload', 'route', 'smoke', 'active']) {
      expect(text.toLowerCase()).toContain(step);
    }
    await screenshot(page, `tenant-${width}`);
    expect(complaints).toEqual([]);
  });
});

test('without the link there is nothing to see', async () => {
  const { page } = await newPage();
  const answer = await page.goto(`${sharedState().platform_url}/dashboard`);
  expect(answer?.status()).toBe(401);
  expect(await page.locator('body').innerText()).toContain('npx z0 dashboard');
  expect(await page.content()).not.toContain('Acme');
});

test('a link with another signature does not sign in', async () => {
  const { page } = await newPage();
  const link = new URL(sharedState().dashboard_url);
  const token = link.searchParams.get('token') ?? '';
  link.searchParams.set('token', `${token.slice(0, -4)}AAAA`);
  const answer = await page.goto(link.href);
  expect(answer?.status()).toBe(401);
});
