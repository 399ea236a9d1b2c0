// Charts and commands as the server writes them: what is there before any script, and what a script
// finds to work with. How they look is for a browser to say, in test/e2e.
import { describe, expect, it } from 'vitest';
import { Chart, type ChartSeries, Sparkline } from '../../platform/src/dashboard/chart.tsx';
import { Copyable, FromTerminal } from '../../platform/src/dashboard/from-terminal.tsx';
import { page } from '../../platform/src/dashboard/page.ts';
import { PageLayout } from '../../platform/src/dashboard/page-layout.tsx';
import { windowOf } from '../../platform/src/dashboard/time-window.ts';

const window = windowOf('minute', Date.parse('2026-11-22T02:30:20Z'));

const at = (minute: string, value: number) => ({ start: `2026-11-22T02:${minute}:00.000Z`, value });

function chart(series: readonly ChartSeries[], kind: 'bars' | 'line' = 'bars'): string {
  return page(Chart({ id: 'a', title: 'Facts per minute', unit: 'facts', window, series, kind }));
}

describe('a chart', () => {
  it('has its numbers as a table, newest first, and says in words what it shows', () => {
    const html = chart([{ name: 'Facts', values: [at('10', 5), at('20', 10)] }]);
    expect(html).toContain('aria-label="Facts per minute: 15 in the last hour"');
    expect(html.match(/<rect/gu)).toHaveLength(2);
    expect(html.match(/\d\d:\d\d(?=<\/td>)/gu)).toEqual(['02:20', '02:10']);
    expect(html.match(/data-value="\d+"/gu)).toEqual(['data-value="10"', 'data-value="5"']);
    expect(html).not.toContain('style=');
  });

  it('draws no series that is hidden, and has its numbers nevertheless', () => {
    const errors: ChartSeries = { name: 'Errors', values: [at('10', 900)], hidden: true };
    const html = chart([{ name: 'Facts', values: [at('10', 5)] }, errors]);
    expect(html.match(/<rect/gu)).toHaveLength(1);
    expect(html).toContain('peak 5');
    expect(html).toContain('data-value="900"');
  });

  it('of levels breaks its line where nothing is known, and adds nothing up', () => {
    const values = [at('10', 5), at('11', 6), at('20', 7.5)];
    const html = chart([{ name: 'p95', values }], 'line');
    expect(html.match(/<polyline/gu)).toHaveLength(2);
    expect(html).toContain('latest 7.5 facts');
    expect(html.match(/<tr data-at=/gu)).toHaveLength(3);
  });

  it('without anything says so, twice', () => {
    const html = chart([{ name: 'Facts', values: [] }]);
    expect(html).toContain('No facts in this time');
    expect(html).toContain('Nothing was reported for this time.');
    expect(html).not.toContain('<rect');
  });

  it('the size of a word says what it shows', () => {
    const html = page(Sparkline({ values: [1, null, 3, 4], label: 'facts, rising' }));
    expect(html).toContain('role="img" aria-label="facts, rising"');
    expect(html.match(/<polyline/gu)).toHaveLength(2);
    expect(page(Sparkline({ values: [0, 0], label: 'none' }))).not.toContain('NaN');
  });
});

describe('a command', () => {
  it('stands there as text, and says which of its ways it is', () => {
    const curl = 'curl "https://platform.test/v1/stats?a=1&b=<2>"';
    const html = page(Copyable({ id: 'c', curl, z0: 'npx z0 stats' }));
    expect(html).toContain('data-copy="curl"');
    expect(html).toContain('data-copy="z0 command"');
    expect(html).toContain('b=&lt;2&gt;');
    expect(html).not.toContain('<button');
    expect(page(FromTerminal({ commands: [curl, 'npx z0 up'] }))).toContain('npx z0 up');
  });
});

describe('a page', () => {
  const layout = { title: 'A', environment: 'test', signedIn: true } as const;

  it('that is under way asks to be read again, of browsers without a script as well', () => {
    const html = page(PageLayout({ ...layout, refresh: true }));
    expect(html).toContain('<noscript><meta http-equiv="refresh" content="2"/></noscript>');
    expect(html).toContain('data-refresh="2"');
    expect(page(PageLayout(layout))).not.toMatch(/http-equiv="refresh"|data-refresh|data-live/u);
  });

  it('of the portal has its own places and its own events, and none of the operator’s', () => {
    const html = page(PageLayout({ ...layout, portal: { tenant: 'acme' }, live: ['acme'] }));
    expect(html).toContain('data-live="acme"');
    expect(html).toContain('data-events="/portal/events"');
    expect(html).toContain('href="/portal/keys"');
    expect(html.match(/href="\/dashboard(?!\/style\.css)/gu)).toBeNull();
  });
});
