// Makes a ledger's cached state again from its facts when other code made it: once, when its object
// first wakes under the new code. Only for Workers composed of a tenant's code; facts never change.
import { EntityLedger, type Fact, type Hook } from '@z0-app/sdk';
import { HandlerReports, reportedHooks } from './reported.ts';

/** Of the code that made the cached state, in the object's key-value storage. */
const MADE_BY = 'z0:state-made-by';
/** Which code began a rebuild how often; a rebuild that the runtime ends is not tried for ever. */
const BEGUN = 'z0:state-rebuild-begun';
const MOST_TRIES = 2;
/** Longer histories are not replayed in the midst of a request, whose CPU time the plan limits. */
const MOST_FACTS = 10_000;

type LedgerClass = new (ctx: DurableObjectState, env: unknown) => EntityLedger;

/** `Base`, for objects whose cached state is to be that of `code`, which names all code of the Worker. */
export function rebuiltBy(Base: LedgerClass, code: string): LedgerClass {
  return class extends Base {
    readonly #reports = new HandlerReports();

    constructor(ctx: DurableObjectState, env: unknown) {
      super(ctx, env);
      if (ctx.storage.kv.get(MADE_BY) === code) return;
      void ctx.blockConcurrencyWhile(async () => rebuild(this, ctx.storage, code));
    }

    // What these throw is to be seen in the live log.
    protected override updateCachedState(fact: Fact): void | Promise<void> {
      return this.#reports.run(() => super.updateCachedState(fact));
    }

    protected override hooks(): readonly Hook[] {
      return reportedHooks(super.hooks());
    }
  };
}

/** Never throws: a ledger that cannot be rebuilt serves what it had, and `verify` says that it differs. */
async function rebuild(
  ledger: EntityLedger,
  storage: DurableObjectStorage,
  code: string,
): Promise<void> {
  try {
    // Not what the tenant's code may have put in their place.
    const before = await EntityLedger.prototype.getState.call(ledger);
    if (!before.ok) return;
    const facts = before.value.seq;
    const tries = triesOf(storage.kv.get(BEGUN), code);
    if (facts > MOST_FACTS || tries >= MOST_TRIES) {
      return tell({ entity_id: before.value.entity_id, facts, tries });
    }
    storage.kv.put(BEGUN, { code, tries: tries + 1 });
    await storage.sync();
    const rebuilt = await EntityLedger.prototype.reconstructState.call(ledger);
    if (rebuilt.ok) storage.kv.put(MADE_BY, code);
  } catch (error) {
    tell({ reason: error instanceof Error ? error.name : 'unknown' });
  }
}

/** How often `code` was tried, by what is stored. */
function triesOf(stored: unknown, code: string): number {
  if (typeof stored !== 'object' || stored === null) return 0;
  if (Reflect.get(stored, 'code') !== code) return 0;
  return Number(Reflect.get(stored, 'tries'));
}

function tell(what: Record<string, unknown>): void {
  console.error(JSON.stringify({ event: 'state_not_rebuilt', ...what }));
}
