// Series and numbers as pages show them: whole windows, short texts.
import { describe, expect, it } from 'vitest';
import {
  ageText,
  bytesText,
  countText,
  shareText,
} from '../../platform/src/dashboard/figure-text.ts';
import { fillWindow, recentRate, windowOf } from '../../platform/src/dashboard/time-window.ts';
import { RESOLUTIONS } from '../../platform/src/stats/stats-view.ts';

const NOW = Date.parse('2026-11-22T02:30:20Z');

function point(start: string, facts: number) {
  return { start, facts, refusals: 1, errors: 2, cache_hits: 3, cache_misses: 4 };
}

describe('a window', () => {
  it.each(RESOLUTIONS)('of %ss is cut into whole points and ends with the one of now', (name) => {
    const window = windowOf(name, NOW);
    expect(window.from % window.stepMs).toBe(0);
    expect(window.to - window.stepMs).toBeLessThanOrEqual(NOW);
    expect(window.to).toBeGreaterThan(NOW);
    const filled = fillWindow(window, []);
    expect(filled).toHaveLength((window.to - window.from) / window.stepMs);
    expect(filled[0]?.start).toBe(new Date(window.from).toISOString());
  });

  it('keeps what was reported in its place, and nothing from outside', () => {
    const window = windowOf('minute', NOW);
    const inside = point('2026-11-22T02:29:00.000Z', 40);
    const filled = fillWindow(window, [point('2026-11-22T01:30:00.000Z', 7), inside]);
    expect(filled.filter(({ facts }) => facts > 0)).toEqual([inside]);
    expect(filled.at(-2)).toEqual(inside);
    expect(recentRate(window, filled)).toBe(4);
  });
});

describe('a number reads', () => {
  it.each([
    [countText(0), '0'],
    [countText(1_234_567), '1,234,567'],
    [countText(0.25), '0.3'],
    [shareText(0, 0), '–'],
    [shareText(0, 9), '0 %'],
    [shareText(1, 1_000), '<1 %'],
    [shareText(999, 1_000), '99.9 %'],
    [shareText(99_999, 100_000), '99.9 %'],
    [shareText(5, 5), '100 %'],
    [bytesText(999), '999 B'],
    [bytesText(4_096), '4.1 kB'],
    [bytesText(5e15), '5000.0 TB'],
    [ageText(-5_000), '0 s'],
    [ageText(59_999), '59 s'],
    [ageText(47 * 3_600_000), '47 h'],
    [ageText(72 * 3_600_000), '3 days'],
  ])('%s', (text, expected) => {
    expect(text).toBe(expected);
  });
});
