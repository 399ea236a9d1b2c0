// The Worker that the ledger benchmark loads: a ledger of the SDK, and beside it a bare Durable
// Object that writes and reads the same rows by raw SQL, without chain or checks.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorker } from '../../provisioning/deploy/bundle-worker.ts';

/** Bytes of a small fact as the ledger stores it. */
const BODY_BYTES = 480;

const LEDGER = `
class Charges extends EntityLedger {
  updateCachedState(fact) {
    const { balance } = this.cachedStateManager.get('BalanceState') ?? { balance: 0 };
    this.cachedStateManager.set('BalanceState', { balance: balance + (fact.data.amount ?? 0) });
  }
}
export class Ledger extends Charges {
  constructor(ctx, env) {
    const { sql } = ctx.storage;
    const exec = sql.exec.bind(sql);
    const rows = {};
    sql.exec = (query, ...values) => {
      const cursor = exec(query, ...values);
      const table = /^\\s*(?:INSERT|UPDATE|DELETE)[^]*?(?:INTO|FROM|UPDATE)\\s+(\\w+)/.exec(query)?.[1];
      if (table) rows[table] = (rows[table] ?? 0) + cursor.rowsWritten;
      return cursor;
    };
    super(ctx, env);
    this.rows = rows;
  }
  takeRows() {
    const rows = { ...this.rows };
    for (const table of Object.keys(this.rows)) delete this.rows[table];
    return rows;
  }
  async fill(facts, context) {
    for (let at = 0; at < facts; at += 1000) {
      const done = await this.appendBatch(Array.from({ length: 1000 }, () => FACT), context);
      if (!done.ok) return done;
    }
    return this.getEntity();
  }
}
// Without the counter, which a figure should not pay for.
export class PlainLedger extends Charges {}`;

const BARE = `
export class Bare extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    const { sql } = ctx.storage;
    this.sql = sql;
    sql.exec(\`CREATE TABLE IF NOT EXISTS facts (seq INTEGER PRIMARY KEY, id TEXT NOT NULL,
      recorded_at INTEGER NOT NULL, type TEXT NOT NULL, subtype TEXT, hash TEXT NOT NULL, body TEXT NOT NULL)\`);
    sql.exec('CREATE TABLE IF NOT EXISTS requests (key TEXT PRIMARY KEY, payload_hash TEXT, answer TEXT) WITHOUT ROWID');
    sql.exec('CREATE TABLE IF NOT EXISTS cached_state (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID');
  }
  add(facts, key) {
    const { sql } = this;
    let last;
    for (const fact of facts) {
      last = sql.exec('INSERT INTO facts (id, recorded_at, type, subtype, hash, body) VALUES (?, ?, ?, ?, ?, ?)',
        'fct_0123456789abcdefghjkmnpqrs', Date.now(), fact.type, null, HASH, BODY);
    }
    if (key !== undefined) {
      sql.exec('SELECT answer FROM requests WHERE key = ?', key).toArray();
      sql.exec('INSERT INTO requests VALUES (?, ?, ?)', key, HASH, '{"facts":[1,2]}');
    }
    sql.exec('INSERT OR REPLACE INTO cached_state VALUES (?, ?)', 'BalanceState', '{"balance":100}');
    return facts;
  }
  fill(facts) {
    for (let at = 0; at < facts; at += 1000) this.add(Array.from({ length: 1000 }, () => FACT));
  }
  read(verify) {
    let facts = 0;
    for (const row of this.sql.exec('SELECT hash, body FROM facts ORDER BY seq')) {
      if (verify) hash('sha256', row.body, 'hex');
      facts += JSON.parse(row.body) ? 1 : 0;
    }
    return { facts };
  }
}`;

const HANDLER = `
const CONTEXT = { tenantId: 'bench', principal: 'bench', route: 'POST /v1/facts' };
export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    const [, kind, action] = pathname.split('/');
    const namespace = kind === 'bare' ? env.BARE : kind === 'plain' ? env.PLAIN : env.LEDGER;
    const stub = namespace.get(namespace.idFromName(searchParams.get('name') ?? 'one'));
    const n = Number(searchParams.get('n') ?? 1);
    const key = request.headers.get('idempotency-key') ?? undefined;
    const input = request.method === 'POST' && action === 'append' ? await request.json() : undefined;
    const result = await (kind === 'bare' ? bare(stub, action, n, key, input) : ledger(stub, action, n, key, input));
    return Response.json(result ?? null, { status: result?.ok === false ? 500 : 200 });
  },
};
function bare(stub, action, n, key, input) {
  switch (action) {
    case 'append': return stub.add([input], key);
    case 'batch': return stub.add(Array.from({ length: n }, () => FACT), key).then((facts) => ({ facts: facts.length }));
    case 'fill': return stub.fill(n);
    default: return stub.read(action === 'verify');
  }
}
function ledger(stub, action, n, idempotencyKey, input) {
  const context = { ...CONTEXT, idempotencyKey };
  switch (action) {
    case 'create': return stub.createEntity({ id: 'acct_bench', type: 'account' }, CONTEXT);
    case 'append': return stub.append(input, context);
    case 'batch': return stub.appendBatch(Array.from({ length: n }, () => FACT), context).then(({ ok, value }) => ({ ok, facts: value?.length }));
    case 'fill': return stub.fill(n, CONTEXT);
    case 'replay': return stub.reconstructState();
    case 'past': return stub.getState({ seq: n });
    case 'verify': return stub.verify();
    default: return stub.takeRows();
  }
}`;

/** The Worker as one module, the SDK inside. */
export async function ledgerWorker(): Promise<string> {
  const sdk = join(import.meta.dirname, '../../sdk/src/index.ts');
  const folder = mkdtempSync(join(tmpdir(), 'z0-bench-'));
  const entry = join(folder, 'index.js');
  const head = `
import { DurableObject } from 'cloudflare:workers';
import { hash } from 'node:crypto';
import { EntityLedger } from ${JSON.stringify(sdk)};
const FACT = { type: 'charge', data: { amount: 5, currency: 'USD' } };
const HASH = '0'.repeat(64);
const BODY = JSON.stringify({ ...FACT, text: ''.padEnd(${BODY_BYTES} - 70) });`;
  try {
    writeFileSync(entry, [head, LEDGER, BARE, HANDLER].join('\n'));
    return await bundleWorker(entry);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
