// How a preview reads in a terminal: short, those that differ, and nothing where there is no history.
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { previewLines, previewOf } from '../../infra/cli/custom/preview.ts';

const entity = (entity_id: string, more: object = {}): object => ({
  entity_id,
  facts: 3,
  differs: true,
  diff: ['- Points.points 3', '+ Points.points 6'],
  more_changes: 0,
  broken: { first: [{ seq: 3, where: 'at_most', detail: 'at most 10' }] },
  threw: { first: [] },
  appended: { first: [] },
  replay_ms: 2,
  replay_ms_now: 1,
  error: null,
  ...more,
});

const report = (entities: object[], summary: object = {}, more: object = {}) =>
  previewOf({
    differs: true,
    unread: null,
    summary: {
      entities: entities.length,
      facts: 3 * entities.length,
      differing: entities.length,
      left_out: 0,
      ...summary,
    },
    entities,
    ...more,
  });

const linesOf = (...given: Parameters<typeof previewLines>): string[] =>
  previewLines(...given).map(stripVTControlCharacters);

test('an entity that differs is told with its lines, what it breaks and its time', () => {
  expect(linesOf(report([entity('pts_1')]))).toEqual([
    '· preview: 1 entity, 3 facts: 1 would differ',
    '  pts_1: 3 facts, 2 ms (now 1 ms)',
    '    - Points.points 3',
    '    + Points.points 6',
    '    ! fact 3 would break at_most: at most 10',
  ]);
});

test('of many entities and many lines only the first are told', () => {
  const diff = Array.from({ length: 40 }, (_, at) => `+ Points.p${at} 1`);
  const lines = linesOf(
    report(Array.from({ length: 9 }, (_, at) => entity(`pts_${at}`, { diff, more_changes: 5 }))),
    2,
  );
  expect(lines.filter((line) => /^ {2}pts_/.test(line))).toHaveLength(2);
  expect(lines.at(-1)).toBe('  … and 7 more');
  expect(lines).toContain('    … and 34 more');
  expect(lines.length).toBeLessThan(32);
});

test('without history, and without differences, one line says so', () => {
  expect(linesOf(report([]))).toEqual([
    '· preview: no entity has reported itself yet; nothing was replayed',
  ]);
  const same = entity('pts_1', { differs: false, diff: [], broken: { first: [] } });
  expect(linesOf(report([same], { differing: 0, left_out: 2 }))).toEqual([
    '· preview: 1 entity, 3 facts, 2 left out: nothing differs',
  ]);
});

test('what the tenant’s code says cannot steer the terminal', () => {
  const evil = 'a\u001b[2Jb\u009b1mc\nd\u202ee';
  const told = { first: [{ seq: 1, where: evil, detail: evil }] };
  const lines = previewLines(report([entity(evil, { diff: [`+ ${evil}`], threw: told })]));
  expect(stripVTControlCharacters(lines.join('|'))).not.toMatch(/\p{C}/u);
});

test('a history that could not be read is told, also when nothing of it was', () => {
  expect(linesOf(report([], {}, { unread: 'it answered 500' }))).toEqual([
    '· preview: 0 entities, 0 facts: nothing was replayed',
    '  not all could be read: it answered 500',
  ]);
});
