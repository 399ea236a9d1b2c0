// `npm run bench -- preview [FACTS]`: how long a preview of 100 entities takes on the whole platform, and
// what one costs a tenant without history. It prints figures and judges none.
import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { openSession } from '../../infra/cli/context.ts';
import { preview } from '../../infra/cli/custom/preview.ts';
import { activate, putWorker, versionOf } from '../../infra/cli/custom/versions.ts';
import { onboardTenant } from '../../infra/cli/onboard-tenant.ts';
import { newStateDir, PlatformProcess, until } from '../e2e/platform-process.ts';
import { asTenant, objectOf, type TenantCall } from '../e2e/tenant-client.ts';
import { line, print } from './table.ts';

const TENANT = 'bench';
const ENTITIES = 100;
const ROUNDS = 3;
const BATCH = 1_000;

/** Points as `sum` makes them. */
const code = (sum: string): string => `
import { EntityLedger, observedBy } from '@z0-app/sdk';
export class PointsLedger extends EntityLedger {
  static idPrefix = 'pts';
  constructor(ctx, env) {
    super(ctx, env, { observabilityStub: observedBy(env.TENANT_SYSTEM_LEDGER, env.TENANT_ID) });
  }
  updateCachedState(fact) {
    if (fact.type !== 'earned') return;
    const points = this.cachedStateManager.get('Points')?.points ?? 0;
    this.cachedStateManager.set('Points', { points: ${sum} });
  }
  invariants() {
    return [{ name: 'few', check: (fact) => (fact.data.points > 100 ? 'too many' : undefined) }];
  }
}`;

export async function benchPreview(facts: number): Promise<void> {
  const stateDir = newStateDir();
  const platform = await PlatformProcess.start(stateDir, ['--no-seed']);
  try {
    const session = openSession(stateDir);
    await onboardTenant(session, { id: TENANT, name: 'Bench' }, () => undefined);
    const upload = async (content: string): Promise<string> => {
      const modules = [{ name: 'ledgers.js', content }];
      const manifest = { main_module: 'ledgers.js' };
      const answer = await putWorker(session, TENANT, { manifest, modules });
      return versionOf(answer.body).id;
    };
    const timed = async (name: string, version: string): Promise<void> => {
      const startedAt = performance.now();
      const found = await preview(openSession(stateDir), TENANT, version, 'all');
      const ms = (performance.now() - startedAt).toFixed(0);
      print(`${line(name, `${ms} ms`)}  ${found.replayed} entities, ${found.facts} facts`);
    };
    print(`${availableParallelism()} cores; each fact is replayed under both codes`);
    const first = await upload(code('points + fact.data.points'));
    await timed('without history', first);
    await activate(openSession(stateDir), TENANT, first, null);
    await append(await asTenant(openSession(stateDir).local, TENANT), facts);
    const second = await upload(code('points + 2 * fact.data.points'));
    for (let round = 1; round <= ROUNDS; round += 1) {
      await timed(`round ${round}`, second);
    }
  } finally {
    await platform.end('SIGTERM');
    rmSync(stateDir, { recursive: true, force: true });
  }
}

/** `facts` in all, to as many entities, and waits until they are listed. */
async function append(tenant: TenantCall, facts: number): Promise<void> {
  const each = Math.floor(facts / ENTITIES) - 1;
  for (let count = 0; count < ENTITIES; count += 1) {
    const made = await tenant('POST', '/v1/entities', { body: { type: 'points' } });
    const entity_id = String(objectOf(made.body).id);
    for (let left = each; left > 0; left -= BATCH) {
      const data = { points: 1, note: 'of some length, as facts are' };
      const batch = Array.from({ length: Math.min(left, BATCH) }, () => ({ type: 'earned', data }));
      await tenant('POST', '/v1/facts/batch', { body: { entity_id, facts: batch } });
    }
  }
  await until(async () => {
    const { body } = await tenant('GET', '/v1/entities?limit=100&prefix=pts_');
    const { data } = objectOf(body);
    return Array.isArray(data) && data.length === ENTITIES;
  }, 120_000);
}
