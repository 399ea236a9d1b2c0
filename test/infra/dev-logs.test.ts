// What a developer reads of an error: the lines of the sources, and nothing of the template's.
import { expect, test } from 'vitest';
import { bySources, type FindSource } from '../../infra/cli/custom/dev-logs.ts';

const findSource: FindSource = (module, line) =>
  module === 'ledgers.js' ? { file: 'src/ledgers.ts', line: line + 100 } : undefined;

const STACK = [
  'TypeError: oops',
  '    at Object.fetch (custom/ledgers.js:12:34)',
  '    at async custom/ledgers.js:7:1',
  '    at z0/template.js:1:2139',
  '    at ro (z0/template.js:1:78872)',
  '    at other (custom/lib/other.js:3:4)',
].join('\n');

const READ = [
  'TypeError: oops',
  '    at Object.fetch (src/ledgers.ts:112)',
  '    at async src/ledgers.ts:107',
  '    at other (custom/lib/other.js:3:4)',
].join('\n');

test('a stack, logged or thrown, is told by the lines of the sources', () => {
  const logs = [{ level: 'error', text: STACK }];
  const exceptions = [{ name: 'TypeError', message: 'oops', stack: STACK }];
  expect(bySources({ outcome: 'error', logs, exceptions }, findSource)).toEqual({
    outcome: 'error',
    logs: [{ level: 'error', text: READ }],
    exceptions: [{ name: 'TypeError', message: 'oops', stack: READ }],
  });
});

test('whatever else an event is stays as it is', () => {
  const event = { logs: [{ level: 'log', text: 'at noon' }, 1], exceptions: [{ stack: null }] };
  expect(bySources(event, findSource)).toEqual({
    logs: [{ level: 'log', text: 'at noon' }, { text: undefined }],
    exceptions: [{ stack: null }],
  });
});
