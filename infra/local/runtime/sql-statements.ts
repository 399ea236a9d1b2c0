// Splits the text of a D1 query into its statements, as the live API does. Pure; it knows only as
// much SQL as that takes: literals, comments, and the body of a trigger.

const TOKEN = /'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?\*\/|\w+|;|[\s\S]/g;
const TRIGGER = /^\s*create\s+(temp\s+|temporary\s+)?trigger\s/i;

/** The statements of `sql` in order, without comments; none is empty. */
export function splitStatements(sql: string): string[] {
  const statements: string[] = [];
  let current = '';
  let depth = 0;
  for (const [token] of sql.matchAll(TOKEN)) {
    if (token.startsWith('--') || token.startsWith('/*')) {
      current += ' ';
      continue;
    }
    if (token !== ';' || depth > 0) {
      current += token;
      if (TRIGGER.test(current)) depth += nesting(token);
      continue;
    }
    statements.push(current.trim());
    current = '';
  }
  return [...statements, current.trim()].filter((statement) => statement !== '');
}

/** A trigger's body ends with the END that its BEGIN opened; CASE has one of its own. */
function nesting(token: string): number {
  const word = token.toLowerCase();
  if (word === 'begin' || word === 'case') return 1;
  return word === 'end' ? -1 : 0;
}
