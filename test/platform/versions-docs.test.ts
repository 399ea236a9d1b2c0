// docs/versions.md says what the code does: its budget is the one in force, and no end of a watch is
// left out.
import { expect, it } from 'vitest';
import page from '../../docs/versions.md?raw';
import { DEFAULT_GATE } from '../../platform/src/versions/health/health-budget.ts';
import { HEALTH_STATUSES } from '../../platform/src/versions/health/health-state.ts';

const rows = page.match(/^\| `[^\n]*$/gmu) ?? [];

it.each(Object.entries(DEFAULT_GATE))('has the setting %s', (name, value) => {
  expect(rows.some((row) => row.startsWith(`| \`${name}\` | \`${String(value)}\` | `))).toBe(true);
});

it.each(HEALTH_STATUSES)('has the status %s', (status) => {
  expect(rows.some((row) => row.startsWith(`| \`${status}\` | `))).toBe(true);
});

it('has no setting and no status besides', () => {
  expect(rows).toHaveLength(Object.keys(DEFAULT_GATE).length + HEALTH_STATUSES.length);
});
