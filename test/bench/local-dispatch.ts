// The way through a dispatch Worker, and code replaced under load. It prints figures and judges none.
import type { LocalCloud } from './local-cloud.ts';
import { SHOP_BINDINGS, SHOP_CODE, shopName } from './local-tenants.ts';
import { type Measured, measure } from './measure.ts';
import { median, print } from './table.ts';
import { WorkerdProcess } from './workerd-process.ts';

const ROUNDS = 3;
const UPLOADS = 10;
const CALLERS = 4;
const HELLO_CODE = "export default { fetch: () => new Response('hello') };";

export async function throughDispatch(cloud: LocalCloud): Promise<void> {
  await cloud.upload('hello', HELLO_CODE);
  const bare = await WorkerdProcess.start({ module: HELLO_CODE, classes: {} });
  try {
    print('\na Worker that only answers, 32 clients, medians of rounds in turn');
    const loads = {
      'hit directly': `${bare.url}/`,
      'through a dispatch Worker': cloud.url('hello', '/'),
    };
    const rates = new Map<string, Measured[]>();
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [name, url] of Object.entries(loads)) {
        const one = await measure({ url, method: 'GET' }, 32);
        rates.set(name, [...(rates.get(name) ?? []), one]);
      }
    }
    const rateOf = (name: string): number =>
      median((rates.get(name) ?? []).map(({ requestsPerSecond }) => requestsPerSecond));
    const direct = rateOf('hit directly');
    for (const [name, all] of rates) {
      const failed = all.reduce((sum, one) => sum + one.failed, 0);
      const rate = rateOf(name);
      print(
        `  ${name}: ${rate.toFixed(0)} requests/s, ${(rate / direct).toFixed(2)}, ${failed} failed`,
      );
    }
  } finally {
    bare.stop();
  }
}

/** Of the user Workers that `manyTenants` uploaded, the first five are called. */
export async function replacedUnderLoad(cloud: LocalCloud): Promise<void> {
  const shops = [0, 1, 2, 3, 4].map(shopName);
  const [replaced = ''] = shops;
  const failures = new Map(shops.map((shop) => [shop, new Map<number, number>()]));
  let answered = 0;
  let over = false;
  const callers = shops
    .flatMap((shop) => Array.from({ length: CALLERS }, () => shop))
    .map(async (shop) => {
      while (!over) {
        const { status } = await cloud.visit(shop, '/add');
        answered += 1;
        const seen = failures.get(shop);
        if (status !== 200) seen?.set(status, (seen.get(status) ?? 0) + 1);
      }
    });
  for (let upload = 0; upload < UPLOADS; upload += 1) {
    await cloud.upload(replaced, SHOP_CODE, { bindings: SHOP_BINDINGS });
  }
  over = true;
  await Promise.all(callers);
  const told = shops.map((shop) => `${shop} ${JSON.stringify([...(failures.get(shop) ?? [])])}`);
  print(
    `\n${UPLOADS} uploads of ${replaced} under load on ${shops.length} user Workers: ${answered} requests`,
  );
  print(`  failures by status: ${told.join(', ')}`);
}
