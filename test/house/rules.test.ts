// Each house rule refuses the repositories it says it refuses, and lets the near misses pass.
import { describe, expect, test } from 'vitest';
import { explain, filesOf, type Sample } from './rule.ts';
import { RULES } from './rules.ts';

const rows = RULES.map((rule) => ({ name: rule.rule, rule }));

describe.each(rows)('$name', ({ rule }) => {
  test('is shown to bite and to let pass', () => {
    expect(rule.refuses.length).toBeGreaterThan(0);
    expect(rule.allows.length).toBeGreaterThan(0);
  });

  test.each(rule.refuses.map(told))('refuses $text', ({ sample }) => {
    const violations = rule.check(filesOf(sample));
    expect(violations).not.toEqual([]);
    expect(explain(rule, violations)).toContain(rule.instead);
  });

  test.each(rule.allows.map(told))('allows $text', ({ sample }) => {
    expect(rule.check(filesOf(sample))).toEqual([]);
  });
});

function told(sample: Sample): { text: string; sample: Sample } {
  const text = JSON.stringify(sample);
  return { text: text.length > 100 ? `${text.slice(0, 99)}…` : text, sample };
}
