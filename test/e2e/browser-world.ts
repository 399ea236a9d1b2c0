// A real browser for tests of pages: fresh signed-out contexts, what the browser complains about,
// accessibility findings, and screenshots for people to look at.
/// <reference lib="dom" />
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import chromium from '@sparticuz/chromium';
import axe, { type AxeResults } from 'axe-core';
import { type Browser, type Page, chromium as playwright } from 'playwright-core';
import { expect, inject } from 'vitest';

export async function launchBrowser(): Promise<Browser> {
  const executablePath = await chromium.executablePath();
  // In one process, what a page fetches goes out with the cookies of the first visitor.
  const args = chromium.args.filter((arg) => arg !== '--single-process');
  return playwright.launch({ executablePath, args, headless: true });
}

export interface Visit {
  readonly page: Page;
  /** Console errors and uncaught exceptions so far. */
  readonly complaints: string[];
}

/** A fresh, signed-out page that collects what the browser complains about. */
export async function newVisit(
  browser: Browser,
  width = 1440,
  colorScheme: 'light' | 'dark' = 'light',
): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return { page, complaints };
}

export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env.Z0_SCREENSHOTS ?? join(inject('stateDir'), 'screenshots');
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/** The page is as wide as the window, and axe has nothing serious to say about it. */
export async function expectSound(page: Page): Promise<void> {
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth > window.innerWidth,
  );
  expect(overflow, `${page.url()} scrolls sideways`).toBe(false);
  await page.evaluate(axe.source);
  // What axe answers, as its own types describe it.
  const results = (await page.evaluate('axe.run()')) as AxeResults;
  const grave = results.violations.filter(
    ({ impact }) => impact === 'serious' || impact === 'critical',
  );
  const findings = grave.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
  expect(findings, `axe on ${page.url()}`).toEqual([]);
}
