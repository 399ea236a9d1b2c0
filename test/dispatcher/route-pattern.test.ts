// Which route a path counts under: a name of the tenant API's own description, or one for the rest.
import { expect, test } from 'vitest';
import { routePatternOf } from '../../dispatcher/src/route-pattern.ts';
import openapi from '../../tenant-template/src/openapi.json' with { type: 'json' };

test.each(Object.keys(openapi.paths))('%s counts under its own name', (pattern) => {
  const path = pattern.replaceAll(/\{\w+\}/g, 'acct_01jd');
  expect(routePatternOf(path)).toBe(pattern);
});

test.each([
  ['/x/live', '/x/*'],
  ['/x/', '/x/*'],
  ['/x', 'other'],
  ['', 'other'],
  ['/', 'other'],
  ['/v1/entities/', 'other'],
  ['/v1/entities//facts', 'other'],
  ['/v1/entities/acct_1/anything', 'other'],
  ['/v1/entities/acct_1/facts/fct_1/more', 'other'],
  ['/V1/entities', 'other'],
  [`/${'a/'.repeat(4_000)}`, 'other'],
])('%s counts under %s', (path, pattern) => {
  expect(routePatternOf(path)).toBe(pattern);
});
