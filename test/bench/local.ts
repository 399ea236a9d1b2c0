// `npm run bench -- local [TENANTS] [PART…]`: the embedded Cloudflare as somebody else's project meets
// it. Each part prints its own figures; this picks them. For a shorter look, KILLS and HOSTILE in the
// environment say how many moments and which kinds.
import { availableParallelism } from 'node:os';
import { LocalCloud } from './local-cloud.ts';
import { replacedUnderLoad, throughDispatch } from './local-dispatch.ts';
import { benchHostile } from './local-hostile.ts';
import { benchKills } from './local-kills.ts';
import { idleMemory, manyTenants } from './local-tenants.ts';
import { benchWays } from './local-ways.ts';
import { print } from './table.ts';

const KILLS = 200;

const PARTS: Record<string, (tenants: number) => Promise<void>> = {
  tenants: onOneCloud,
  ways: () => benchWays(),
  hostile: () => benchHostile(process.env.HOSTILE?.split(',')),
  kills: () => benchKills(Number(process.env.KILLS ?? KILLS)),
};

/** All parts when none is named. */
export async function benchLocal(tenants: number, parts: readonly string[]): Promise<void> {
  const unknown = parts.filter((part) => !Object.hasOwn(PARTS, part));
  if (unknown.length > 0) {
    throw new Error(
      `no such part: ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`,
    );
  }
  print(`${availableParallelism()} cores; the load comes from the same machine`);
  for (const [name, run] of Object.entries(PARTS)) {
    if (parts.length === 0 || parts.includes(name)) await run(tenants);
  }
}

async function onOneCloud(tenants: number): Promise<void> {
  const cloud = await LocalCloud.start();
  try {
    await manyTenants(cloud, tenants);
    await idleMemory(cloud);
    await throughDispatch(cloud);
    await replacedUnderLoad(cloud);
  } finally {
    await cloud.stop();
  }
}
