// The Worker that the observability benchmark loads: the same ledger with and without a system ledger
// that it reports to, and that system ledger's own way on to the platform's. All of it is the SDK's.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorker } from '../../provisioning/deploy/bundle-worker.ts';

const WORKER = `
const FACT = { type: 'charge', data: { amount: 5, currency: 'USD' } };
const CONTEXT = { tenantId: 'bench', principal: 'bench', route: 'POST /v1/facts' };
class Charges extends EntityLedger {
  updateCachedState(fact) {
    const { balance } = this.cachedStateManager.get('BalanceState') ?? { balance: 0 };
    this.cachedStateManager.set('BalanceState', { balance: balance + (fact.data.amount ?? 0) });
  }
}
// As the tenant template has it but for observability: Configs and a parent, asked of nobody.
const options = () => ({ configs: configs({ source: { readConfigs: async () => [] } }) });
export class Off extends Charges {
  constructor(ctx, env) { super(ctx, env, options()); }
}
export class On extends Charges {
  constructor(ctx, env) {
    super(ctx, env, { ...options(), observabilityStub: observedBy(env.TENANT, 'bench') });
  }
}
// The same, told to a system ledger that always fails.
export class Away extends Charges {
  constructor(ctx, env) {
    const bootstrapConfig = { fallback_on_failure: true, warn_on_fallback: false };
    super(ctx, env, { ...options(), bootstrapConfig, observabilityStub: observedBy(env.GONE, 'bench') });
  }
}
export class Gone extends DurableObject {
  appendFact() { throw new Error('away'); }
}
export class Tenant extends TenantSystemLedger {
  constructor(ctx, { SYSTEM }) { super(ctx, { TENANT_ID: 'bench', PLATFORM_SYSTEM_LEDGER: SYSTEM }); }
}
export class System extends SystemLedger {}
export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    const [, kind, action] = pathname.split('/');
    const n = Number(searchParams.get('n') ?? 1);
    if (kind === 'tenant') return Response.json(await report(env, n));
    const namespace = { on: env.ON, away: env.AWAY }[kind] ?? env.OFF;
    const id = 'acct_' + kind;
    const stub = namespace.get(namespace.idFromName(id));
    if (action === 'create') {
      const outcome = await stub.createEntity({ id, type: 'account' }, CONTEXT);
      return Response.json(outcome, { status: outcome.ok ? 201 : 500 });
    }
    const run = searchParams.get('run');
    await appends(stub, run, n, Number(searchParams.get('clients') ?? 1));
    return Response.json({ n });
  },
};
async function appends(stub, run, n, clients) {
  let next = 0;
  const client = async () => {
    while (next < n) {
      const idempotencyKey = run + '-' + next++;
      const outcome = await stub.append(FACT, { ...CONTEXT, idempotencyKey });
      if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
}
// What a thousand ledgers of one tenant tell it.
async function report(env, n) {
  const stub = env.TENANT.get(env.TENANT.idFromName('bench'));
  const period_start = Date.now();
  for (let i = 0; i < n; i += 1) {
    const data = { entity_id: 'acct_' + (i % 1000), entity_type: 'account', period_start,
      period_end: period_start + 60000, facts: 12, head: 12 + i, storage_bytes: 65536,
      refusals: 0, hook_errors: 0, appended: { charge: 8, payment: 4 } };
    await stub.appendFact({ type: 'sdk', subtype: 'fact_appended', data },
      { tenantId: 'bench', principal: data.entity_id });
  }
  return { n };
}`;

/** The Worker as one module, the SDK inside; its classes by the names of their bindings. */
export const OBSERVED_CLASSES = {
  ON: 'On',
  OFF: 'Off',
  AWAY: 'Away',
  GONE: 'Gone',
  TENANT: 'Tenant',
  SYSTEM: 'System',
};

export async function observedWorker(): Promise<string> {
  const sdk = join(import.meta.dirname, '../../sdk/src/index.ts');
  const folder = mkdtempSync(join(tmpdir(), 'z0-bench-'));
  const entry = join(folder, 'index.js');
  const names = 'EntityLedger, SystemLedger, TenantSystemLedger, configs, observedBy';
  const head = `import { DurableObject } from 'cloudflare:workers';
import { ${names} } from ${JSON.stringify(sdk)};`;
  try {
    writeFileSync(entry, `${head}\n${WORKER}`);
    return await bundleWorker(entry);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
