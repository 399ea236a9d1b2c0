// Whatever dies between the ledger and Cloudflare, in whatever order secrets are changed: what the ledger
// says is set is set, to that very version, and once it looked again both have the same names.
import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { ledgerOf } from '../../platform/src/tenants/ledger-of.ts';
import { listed, settle, start, stateOf } from './tenant-secrets-world.ts';
import { activeTenant } from './world.ts';

const step = fc.record({
  kind: fc.constantFrom('put' as const, 'put' as const, 'delete' as const),
  name: fc.constantFrom('A_KEY', 'B_KEY'),
  /** The call is never made; made, and the ledger not told; refused; or all goes well. */
  end: fc.constantFrom('unmade' as const, 'untold' as const, 'refused' as const, 'made' as const),
});

it('the ledger never says that a secret is set which is not, or is an older one', async () => {
  const tenant = await activeTenant();
  /** What Cloudflare has: of each name the version whose value it is. */
  const cloudflare = new Map<string, number>();
  let looks = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), async (steps) => {
      const holds = async (): Promise<void> => {
        for (const { name, version, status } of await listed(tenant)) {
          if (status === 'set') expect([name, version]).toEqual([name, cloudflare.get(name)]);
        }
      };
      for (const { kind, name, end } of steps) {
        if (kind === 'delete' && !cloudflare.has(name)) continue;
        const started = await start(tenant, name, kind);
        if (!('change' in started)) throw new TypeError('One is under way that should not be.');
        const { change } = started;
        if (end === 'made' || end === 'untold') {
          if (kind === 'put') cloudflare.set(name, change.version);
          else cloudflare.delete(name);
        }
        await holds();
        if (end === 'made' || end === 'refused') {
          const how = end === 'made' ? 'made' : 'failed';
          await ledgerOf(env, tenant).endSecretChange(change.id, how);
        } else {
          looks += 1;
          await settle(tenant, Array.from(cloudflare.keys()), looks * 60_000);
        }
        await holds();
        const { secrets, change: left } = await stateOf(tenant);
        expect(left).toBeNull();
        expect(secrets.map((one) => one.name)).toEqual(Array.from(cloudflare.keys()).toSorted());
      }
    }),
    { numRuns: 25 },
  );
});
