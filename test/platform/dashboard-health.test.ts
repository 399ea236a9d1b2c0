// Self-observability and System: what ledgers tell of themselves, and whether the parts are there.
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { addRow, html, htmlOf, signIn } from './dashboard-world.ts';
import { deliver, deliverDead, platformApart, reportOf } from './stats-world.ts';
import { freshId } from './world.ts';

describe('Self-observability', () => {
  it('says what to do while nothing was reported', async () => {
    const page = await htmlOf(platformApart(), '/dashboard/self', await signIn());
    expect(page).toContain('Nothing was reported yet');
    expect(page).toContain('-d &#39;{&quot;type&quot;:&quot;account&quot;}&#39;');
    expect(page).toContain('there is no load to compare');
  });

  it('shows each signal with its meaning, and the tenants that stand out', async () => {
    const platform = platformApart();
    const [bad, good] = [freshId('bad'), freshId('good')];
    await addRow(bad, 'Bad <i>Inc.</i>');
    await addRow(good, 'Good Inc.');
    await deliver(platform, [
      reportOf(bad, 57, {
        cache_hits: 1,
        cache_misses: 9,
        errors_count: 4,
        dropped_count: 3,
        breaker_openings_count: 2,
        hydrations_count: 5,
        hydrated_facts_count: 500,
      }),
      reportOf(bad, 60),
      reportOf(good, 60, { cache_hits: 9, cache_misses: 1 }),
    ]);
    const page = await htmlOf(platform, '/dashboard/self', await signIn());
    const signal = (id: string): string =>
      new RegExp(`<li id="signal-${id}".*?</ol>`, 'su').exec(page)?.[0] ?? '';
    expect(signal('cache')).toMatch(/>50 %<.*Bad &lt;i&gt;Inc.*9 misses/su);
    expect(signal('errors')).toMatch(/class="is-bad".*4 errors/su);
    expect(signal('gaps')).toContain('58 reports');
    expect(signal('dropped')).toContain('3 reports');
    expect(signal('breakers')).toContain('2 openings');
    expect(signal('hydrations')).toContain('500 facts');
    expect(page).toContain('Reads of state per minute');
    expect(page.match(/<code>system(?:-\d+)?<\/code>/gu)).toHaveLength(16);
  });
});

describe('System', () => {
  it('asks every part, and says which does not answer and what to do', async () => {
    // The dispatcher of these tests answers 503.
    const page = await html('/dashboard/system', await signIn());
    expect(page).toContain('Not there right now: Dispatcher.');
    expect(page).toMatch(/is-away.*Dispatcher.*answered 503. Nobody is served/su);
    for (const name of ['D1', 'KV', 'R2']) {
      expect(page).toMatch(new RegExp(`is-up"><span class="status is-live">${name}<`, 'u'));
    }
    expect(page).toContain('No template is published');
    expect(page).toContain('z0-platform-metrics');
  });

  it('is good when all answer, and waits for no part that does not', async () => {
    const DISPATCH = { fetch: async () => new Response('ok') } as unknown as Fetcher;
    const up = { ...platformApart(), DISPATCH };
    const cookie = await signIn();
    expect(await htmlOf(up, '/dashboard/system', cookie)).toContain('All parts answer, and no');
    const never = { fetch: () => new Promise<never>(() => undefined) } as unknown as Fetcher;
    const started = Date.now();
    const page = await htmlOf({ ...up, DISPATCH: never }, '/dashboard/system', cookie);
    expect(page).toContain('no answer in 1500 ms');
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  it('shows dead letters, newest first, with the reason and the message as text', async () => {
    const platform = platformApart();
    const page = async () => htmlOf(platform, '/dashboard/system', await signIn());
    expect(await page()).toContain('None: every message of the queue was counted');
    await deliverDead(platform, [{ tenant_id: 'acme', period: '<script>' }]);
    const shown = await page();
    expect(shown).toMatch(/Dead letters <span class="count">1</u);
    expect(shown).toContain('&lt;script&gt;');
    expect(shown).not.toContain('<script>');
    expect(shown).toMatch(/<details id="letter-/u);
  });

  it('counts tenants by status', async () => {
    await env.DB.exec('DELETE FROM tenants');
    const cookie = await signIn();
    expect(await html('/dashboard/system', cookie)).toContain('npx z0 tenant create acme');
    await addRow(freshId(), 'One');
    await addRow(freshId(), 'Two', 'failed');
    const page = await html('/dashboard/system', cookie);
    expect(page).toMatch(/is-failed">failed<\/span><\/dt><dd class="figures">1</u);
  });
});
