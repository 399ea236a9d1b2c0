// What the code may never do when it runs: change a fact, ask where it runs, listen to the network,
// or know the machine it was written on.
import { eachFile, eachNode, type Rule, type Violation } from './rule.ts';
import { isShipped, type SourceFile } from './source-files.ts';
import { cookedOf, isNode, type Node, nameOf, stringOf } from './syntax.ts';

const CHANGES_FACTS = [
  /\bUPDATE\s+(OR\s+\w+\s+)?["'`[]?facts\b/i,
  /\bDELETE\s+FROM\s+["'`[]?facts\b/i,
  /\bREPLACE\s+INTO\s+["'`[]?facts\b/i,
  /\bINTO\s+["'`[]?facts\b[^;]*\bDO\s+UPDATE\b/i,
];
/** A statement whose table stands in a hole: nobody can see that it is not `facts`. */
const CHANGES_SOMETHING = /\b(UPDATE(\s+OR\s+\w+)?|DELETE\s+FROM|REPLACE\s+INTO)\s+["'`[]?$/i;

const ENVIRONMENTS = ['local', 'cloud', 'production', 'prod', 'staging', 'development', 'dev'];
const ASKS = ['===', '!==', '==', '!='];
const BRANCHES = ['IfStatement', 'ConditionalExpression', 'LogicalExpression'];

// Taken apart, so that this file does not name what it looks for.
const MACHINE_FOLDERS = ['work', 'tmp', 'root', 'home', 'Users'].join('|');
const MACHINE_PATH = new RegExp(String.raw`(?<![\w.}$/-])/(${MACHINE_FOLDERS})/[\w.$-]`);
const REGISTRY =
  /\b(registry\.[\w.-]+\.(org|com|io|net)|[\w-]+\.jfrog\.io|npm\.pkg\.github\.com)\b/;

export const factsStay: Rule = {
  rule: 'no statement updates or deletes a fact',
  why: 'the log is the promise of this system: a correction is one more fact.',
  instead: 'append a fact with `corrects`. A table to be rebuilt needs another name than `facts`.',
  refuses: [
    { 'sdk/src/a.ts': `sql.exec('UPDATE facts SET body = ?', body);` },
    { 'sdk/src/a.ts': 'sql.exec(`DELETE\n  FROM "facts" WHERE seq = ${seq}`);' },
    { 'sdk/src/a.ts': `sql.exec('INSERT OR REPLACE INTO facts VALUES (1)');` },
    { 'sdk/src/a.ts': `sql.exec('INSERT INTO facts VALUES (1) ON CONFLICT DO UPDATE SET b = 1');` },
    { 'sdk/src/a.ts': 'sql.exec(`DELETE FROM ${table}`);' },
    { 'infra/migrations/0001_a.sql': 'delete from facts;' },
  ],
  allows: [
    { 'sdk/src/a.ts': `sql.exec('INSERT INTO facts VALUES (1)'); // never UPDATE facts` },
    {
      'sdk/src/a.ts': `sql.exec('DELETE FROM requests'); sql.exec('UPDATE facts_seen SET a = 1');`,
    },
    { 'test/sdk/a.ts': `sql.exec('UPDATE facts SET hash = 1'); // a tamperer` },
  ],
  check: (files) => [
    ...eachFile((path) => path.endsWith('.sql'), changesInSql)(files),
    ...eachNode(isShipped, ({ node }) => changeIn(node))(files),
    ...eachNode(keepsFacts, ({ node }) => hiddenChangeIn(node))(files),
  ],
};

export const noEnvironmentBranch: Rule = {
  rule: 'only infra knows which environment it is: elsewhere nothing branches on its name',
  why: 'a branch on “local” means that what is tested here is not what runs there.',
  instead: 'pass in what differs (a URL, a binding, a var) and run the same code.',
  refuses: [
    { 'platform/src/a.ts': `if (env.NAME === 'local') f();` },
    { 'sdk/src/a.ts': `switch (name) { case 'production': f(); }` },
    { 'dispatcher/src/a.ts': `const url = isLocal ? a : b;` },
    { 'platform/src/a.ts': `const live = env.ENVIRONMENT !== 'test';` },
  ],
  allows: [
    { 'infra/cli/a.ts': `if (name === 'local') f();` },
    { 'dispatcher/src/a.ts': `const suffixes = ['local', 'internal'];` },
    { 'platform/src/a.ts': `const audience = 'urn:z0:' + env.ENVIRONMENT;` },
  ],
  check: eachNode(
    (path) => isShipped(path) && !path.startsWith('infra/'),
    ({ node }) => asksEnvironment(node),
  ),
};

export const loopbackOnly: Rule = {
  rule: 'every server listens on 127.0.0.1',
  why: 'a development platform with its tokens on disk must not be reachable from the network.',
  instead: `name the address: \`server.listen(port, '127.0.0.1')\`. A socket path is fine too.`,
  refuses: [
    { 'infra/local/a.ts': `server.listen(8080);` },
    { 'infra/local/a.ts': `server.listen(port, '0.0.0.0');` },
    { 'infra/local/a.ts': `serve({ fetch: app.fetch, port });` },
    { 'infra/local/a.ts': `const options = { host: '::' };` },
    { 'test/e2e/a.ts': `server.listen({ port: 0 });` },
  ],
  allows: [
    { 'infra/local/a.ts': `server.listen(0, '127.0.0.1', done);` },
    { 'infra/local/a.ts': `serve({ fetch: app.fetch, port, hostname: '127.0.0.1' });` },
    { 'infra/local/a.ts': `server.listen(socketPath, resolve);` },
    { 'infra/local/a.ts': `const api = await listen(app, port);` },
    { 'dispatcher/src/a.ts': `const answer = await serve(request);` },
  ],
  check: eachNode(
    // Workers have no sockets; what infra runs inside workerd has none either.
    (path) => /^(infra|provisioning|test)\/(?!local\/worker-code\/)/.test(path),
    ({ node }) => listensWide(node),
  ),
};

export const noMachinePaths: Rule = {
  rule: 'no file names a folder of one machine',
  why: 'it works for its author alone.',
  instead: 'start from `import.meta.dirname`, a flag, or `os.tmpdir()`.',
  refuses: [
    { 'infra/a.ts': `const dir = '${['', 'work', 'main'].join('/')}';` },
    { 'docs/a.md': `cd ${['', 'home', 'ada'].join('/')}` },
    { '.ci/run': `log=${['', 'tmp', 'log'].join('/')}` },
  ],
  allows: [
    { 'platform/src/a.ts': `app.get('/v1/root/tmp', f); // https://example.com/work/item` },
    { '.ci/run': 'rm -r "${TMPDIR}/work/log"' },
  ],
  check: eachLine(MACHINE_PATH),
};

export const noRegistries: Rule = {
  rule: 'no file names a package registry, package-lock.json included',
  why: 'whoever clones this may stand behind a mirror; npm knows its own registry.',
  instead:
    'remove it; for the lockfile set npm’s `omit-lockfile-registry-resolved=true` and install.',
  refuses: [
    { 'package-lock.json': `"resolved": "https://${['registry', 'npmjs', 'org'].join('.')}/hono"` },
  ],
  allows: [{ 'package-lock.json': '"resolved": "sdk"', 'sdk/src/a.ts': '// registry.error.code' }],
  check: eachLine(REGISTRY),
};

function changesInSql({ path, text }: SourceFile): Violation[] {
  return text.split(';').flatMap((statement, index, all): Violation[] => {
    if (!changesFacts(statement)) return [];
    const before = all.slice(0, index).join(';');
    return [{ path, line: before.split('\n').length, found: oneLine(statement) }];
  });
}

function changeIn(node: Node): string | undefined {
  const text = node.type === 'TemplateElement' ? cookedOf(node) : literalOf(node);
  return changesFacts(text) ? oneLine(text) : undefined;
}

/** infra's SQLite holds the embedded Cloudflare's own tables and never a ledger. */
function keepsFacts(path: string): boolean {
  return isShipped(path) && !path.startsWith('infra/');
}

function hiddenChangeIn(node: Node): string | undefined {
  if (node.type !== 'TemplateElement' || node.tail === true) return undefined;
  const text = cookedOf(node);
  return CHANGES_SOMETHING.test(text) ? `${oneLine(text)} \${…}` : undefined;
}

function literalOf(node: Node): string {
  return node.type === 'Literal' ? (stringOf(node) ?? '') : '';
}

function oneLine(sql: string): string {
  return sql.trim().replace(/\s+/g, ' ');
}

function changesFacts(sql: string): boolean {
  return CHANGES_FACTS.some((pattern) => pattern.test(sql));
}

function asksEnvironment(node: Node): string | undefined {
  if (node.type === 'SwitchCase') return namesEnvironment(node.test);
  if (node.type === 'BinaryExpression' && ASKS.includes(String(node.operator))) {
    const sides = [node.left, node.right];
    const asked = sides.some((side) => /^environment$/i.test(nameOf(side) ?? ''));
    return asked ? 'compares the environment' : namesEnvironment(...sides);
  }
  const test = node.type === 'LogicalExpression' ? node.left : node.test;
  const flag = BRANCHES.includes(node.type) ? nameOf(test) : undefined;
  return flag !== undefined && /^(is_?)?local$/i.test(flag) ? `branches on \`${flag}\`` : undefined;
}

function namesEnvironment(...sides: unknown[]): string | undefined {
  const name = sides.map(stringOf).find((text) => ENVIRONMENTS.includes(text ?? ''));
  return name === undefined ? undefined : `compares with '${name}'`;
}

function listensWide(node: Node): string | undefined {
  if (node.type === 'Property') {
    const wide = ['0.0.0.0', '::', '*'].includes(stringOf(node.value) ?? '');
    return wide && /^host(name)?$/.test(nameOf(node.key) ?? '') ? 'names every address' : undefined;
  }
  if (node.type !== 'CallExpression' || !isNode(node.callee)) return undefined;
  const method = node.callee.type === 'MemberExpression' && nameOf(node.callee) === 'listen';
  if (!method && nameOf(node.callee) !== 'serve') return undefined;
  const values = (Array.isArray(node.arguments) ? node.arguments : []).filter(isNode);
  const named = values.some((value) => addressIn(value) === '127.0.0.1');
  const socket = /(path|socket)$/i.test(nameOf(values[0]) ?? '');
  return named || socket ? undefined : 'listens without naming 127.0.0.1';
}

function addressIn(value: Node): string | undefined {
  if (value.type !== 'ObjectExpression' || !Array.isArray(value.properties)) return stringOf(value);
  const host = value.properties
    .filter(isNode)
    .find((property) => /^host(name)?$/.test(nameOf(property.key) ?? ''));
  return stringOf(host?.value);
}

function eachLine(pattern: RegExp): Rule['check'] {
  return eachFile(
    () => true,
    ({ path, text }) =>
      text.split('\n').flatMap((line, index): Violation[] => {
        const [found] = pattern.exec(line) ?? [];
        return found === undefined ? [] : [{ path, line: index + 1, found: line.trim() }];
      }),
  );
}
