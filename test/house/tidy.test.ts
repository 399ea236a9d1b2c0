// The house rules, held against the repository as it stands.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { explain } from './rule.ts';
import { RULES } from './rules.ts';
import { readSourceFiles } from './source-files.ts';

const files = readSourceFiles(join(import.meta.dirname, '../..'));

describe('the house', () => {
  test.each(RULES)('$rule', (rule) => {
    const violations = rule.check(files);
    if (violations.length > 0) expect.fail(explain(rule, violations));
  });
});
