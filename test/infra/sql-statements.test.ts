// Where one SQL statement ends and the next begins, as D1 counts them. Runs no SQL.
import { expect, test } from 'vitest';
import { splitStatements } from '../../infra/local/runtime/sql-statements.ts';

test.each([
  ['nothing', '', []],
  ['only space, semicolons and comments', ' ;; -- a; b\n /* c; d */ ;', []],
  ['one without its semicolon', 'SELECT 1', ['SELECT 1']],
  ['two', 'SELECT 1; SELECT 2;', ['SELECT 1', 'SELECT 2']],
  [
    'literals with semicolons',
    `SELECT ';', "a;b", [c;d], \`e;f\``,
    [`SELECT ';', "a;b", [c;d], \`e;f\``],
  ],
  ['a doubled quote', "SELECT 'it''s; one'; SELECT 2", ["SELECT 'it''s; one'", 'SELECT 2']],
  ['a comment in the middle', 'SELECT 1 -- first; \n, 2', ['SELECT 1  \n, 2']],
  [
    'a trigger with a CASE',
    'CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE 1 WHEN 1 THEN 2 END; SELECT 3; END; SELECT 4',
    [
      'CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE 1 WHEN 1 THEN 2 END; SELECT 3; END',
      'SELECT 4',
    ],
  ],
  [
    'a CASE outside a trigger',
    'SELECT CASE 1 WHEN 1 THEN 2 END; SELECT 3',
    ['SELECT CASE 1 WHEN 1 THEN 2 END', 'SELECT 3'],
  ],
])('a query text is split into its statements: %s', (_what, sql, statements) => {
  expect(splitStatements(sql)).toEqual(statements);
});
