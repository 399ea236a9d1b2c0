// A platform that nobody uses yet: every screen says what to do next, in a real browser.
import { rmSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectSound, launchBrowser, newVisit, screenshot } from './browser-world.ts';
import { newStateDir, PlatformProcess } from './platform-process.ts';

let browser: Browser;
let platform: PlatformProcess;

beforeAll(async () => {
  browser = await launchBrowser();
  platform = await PlatformProcess.start(newStateDir(), ['--no-seed']);
});
afterAll(async () => {
  await browser.close();
  await platform.end('SIGTERM');
  rmSync(platform.stateDir, { recursive: true, force: true });
});

describe.each([1440, 390])('at %i px', (width) => {
  test('every screen of an empty platform says what to do next', async () => {
    const { page, complaints } = await newVisit(browser, width);
    await page.goto(platform.state.dashboard_url);
    const says = {
      '': 'npx z0 tenant create acme',
      '/tenants': 'npx z0 tenant create acme',
      '/errors': 'No request was refused or failed in the last day',
      '/self': 'Nothing was reported yet',
      '/system': 'None yet: npx z0 tenant create acme',
      '/audit': 'Nothing was done yet',
    };
    for (const [path, text] of Object.entries(says)) {
      await page.goto(`${platform.state.platform_url}/dashboard${path}`);
      expect(await page.locator('main').innerText()).toContain(text);
      await expectSound(page);
      await screenshot(page, `empty${path.replaceAll('/', '-')}-${width}`);
    }
    expect(complaints).toEqual([]);
  });
});
