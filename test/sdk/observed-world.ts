// One tenant's observed ledgers and its system ledger, under a clock that a test moves: alarms ring only
// when it says so, and objects end when it says so.
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { FactInput, SdkFactView } from '@z0-app/sdk';
import { type HeldClock, holdClock } from '@z0-app/sdk/testing';
import {
  type ObservedLedger,
  Platform,
  platforms,
  type ReportingLedger,
} from './observed-ledgers.ts';
import { context, valueOf } from './world.ts';

export const MINUTE = 60_000;
export const add: FactInput = { type: 'add', data: { by: 1 } };

let worlds = 0;

/** One tenant's ledgers, and a clock that no alarm rings by itself in. */
export class World implements Disposable {
  readonly name = `world-${(worlds += 1)}`;
  readonly platform = new Platform();
  readonly clock: HeldClock = holdClock('2100-01-01T00:00:00Z');
  readonly ids: string[] = [];

  constructor(hasPlatform = true) {
    if (hasPlatform) platforms.set(this.name, this.platform);
  }

  [Symbol.dispose](): void {
    this.clock.release();
  }

  get system(): DurableObjectStub<ReportingLedger> {
    return env.REPORTING.get(env.REPORTING.idFromName(this.name));
  }

  entity(id: string): DurableObjectStub<ObservedLedger> {
    return env.OBSERVED.get(env.OBSERVED.idFromName(`${this.name}/${id}`));
  }

  async born(id: string): Promise<DurableObjectStub<ObservedLedger>> {
    const stub = this.entity(id);
    await inside(stub, async (ledger) =>
      valueOf(await ledger.createEntity({ id, type: 'counter' }, context)),
    );
    this.ids.push(id);
    return stub;
  }

  /** A minute goes by: the ledger's alarm rings, if one is set. */
  async minute(stub: DurableObjectStub<ObservedLedger>): Promise<boolean> {
    this.clock.advanceMs(MINUTE);
    return runDurableObjectAlarm(stub);
  }

  /** Rings all until nothing is left to say. */
  async settle(): Promise<void> {
    for (let round = 0; round < 200; round += 1) {
      this.clock.advanceMs(10 * MINUTE);
      let isQuiet = true;
      for (const id of this.ids) if (await runDurableObjectAlarm(this.entity(id))) isQuiet = false;
      if (await ringSystem(this)) isQuiet = false;
      if (isQuiet) return;
    }
    throw new TypeError('It does not settle.');
  }

  async heads(): Promise<number> {
    let sum = 0;
    for (const id of this.ids) {
      const entity = await inside(this.entity(id), (ledger) => ledger.getEntity());
      sum += valueOf(entity).version;
    }
    return sum;
  }

  facts(id: string): Promise<SdkFactView[]> {
    return runInDurableObject(this.system, (ledger) => ledger.getSdkFacts(id));
  }
}

/** The alarm of the tenant's ledger; an object that dies in it is rung again by the runtime. */
export async function ringSystem(world: World): Promise<boolean> {
  try {
    return await runDurableObjectAlarm(world.system);
  } catch {
    await runInDurableObject(world.system, (ledger) => ledger.alarm()).catch(() => undefined);
    return true;
  }
}

export function inside<R>(
  stub: DurableObjectStub<ObservedLedger>,
  use: (ledger: ObservedLedger) => Promise<R>,
): Promise<R> {
  return runInDurableObject(stub, use);
}

export async function evict(stub: DurableObjectStub): Promise<void> {
  // Touched first: an object that does not run cannot be evicted.
  await runInDurableObject(stub, () => undefined);
  await evictDurableObject(stub);
}
