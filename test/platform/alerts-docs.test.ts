// docs/alerts.md says what the code does: its tables and numbers are those of the rules in force.
import { describe, expect, it } from 'vitest';
import page from '../../docs/alerts.md?raw';
import { METRIC_NAMES, METRICS } from '../../platform/src/alerts/alert-metrics.ts';
import {
  alertRule,
  DEFAULT_RULES,
  MAX_WINDOW_MINUTES,
} from '../../platform/src/alerts/alert-rule.ts';
import { parseAlertSettings } from '../../platform/src/alerts/alert-settings.ts';
import { MAX_ATTEMPTS, retryMs } from '../../platform/src/alerts/deliver-alerts.ts';
import { CLEAR_SHARE, HOLD_MINUTES } from '../../platform/src/alerts/judge.ts';
import { platformApart } from './stats-world.ts';

/** The page as one line, so that it may be wrapped anywhere. */
const text = page.replaceAll(/\s+/gu, ' ');

function thresholdOf({ metric, threshold }: (typeof DEFAULT_RULES)[number]): string {
  const { unit } = METRICS[metric];
  if (unit === 'share') return `${threshold * 100}%`;
  return unit === 'minutes' ? `${threshold} min` : String(threshold);
}

describe('the page about alerts', () => {
  it.each(DEFAULT_RULES)('has the default rule $name', (rule) => {
    const { name, metric, window_minutes, minimum, severity } = rule;
    const { traffic } = METRICS[metric];
    const least = traffic === null ? '–' : `${minimum} ${traffic}`;
    const cells = [`\`${name}\``, `\`${metric}\``, `${window_minutes} min`, thresholdOf(rule)];
    expect(page).toContain(`| ${[...cells, least, severity].join(' | ')} |`);
  });

  it.each(METRIC_NAMES)('has the metric %s', (name) => {
    const { what, about } = METRICS[name];
    expect(page).toContain(`| \`${name}\` | ${what} | ${about} |`);
  });

  it('has no rule and no metric besides', () => {
    const rows = page.match(/^\| `[^\n]*$/gmu) ?? [];
    expect(rows).toHaveLength(DEFAULT_RULES.length + METRIC_NAMES.length);
  });

  it('has the numbers', () => {
    expect([CLEAR_SHARE, HOLD_MINUTES]).toEqual([0.8, 5]);
    expect(text).toContain('below four fifths of the threshold');
    expect(text).toContain('for at least five minutes');
    expect(text).toContain(`at most ${MAX_WINDOW_MINUTES} minutes`);
    expect(text).toContain(`${MAX_ATTEMPTS} times in about half a day`);
    const seconds = [1, 2, 3].map((attempt) => retryMs(attempt) / 1000);
    expect(text).toContain(`after ${seconds.join(', ')} seconds`);
  });

  it('has an example that may be put as it stands', () => {
    const body = /-d '(\{[\s\S]*?\n {2}\})'/u.exec(page)?.[1] ?? '';
    const { type, settings } = JSON.parse(body) as { type: string; settings: unknown };
    expect(type).toBe('alerts');
    const { faults, rules, webhook } = parseAlertSettings(settings, platformApart());
    expect(faults).toEqual([]);
    expect(rules.map(({ name }) => name)).toContain('acme_errors');
    expect(webhook?.url).toBe('https://hooks.example.com/z0');
  });
});

it.each(DEFAULT_RULES)('the default rule $name could be put as it is', (rule) => {
  expect(alertRule.parse(rule)).toEqual(rule);
  const { minimum, ...rest } = rule;
  expect(alertRule.parse(rest).minimum).toBe(minimum);
});
