// A ledger that observes others: it receives `sdk` facts like any other fact. It comes into being
// with the first of them, and what it receives never leaves it by itself.
import { EntityLedger } from './entity-ledger.ts';
import type { Fact, FactInput } from './fact.ts';
import type { WriteContext } from './outcome.ts';

/** Address one by shard; shard 0 is named `system`. */
export class SystemLedger<Env = unknown> extends EntityLedger<Env> {
  override async appendFact(input: FactInput, context: Partial<WriteContext> = {}): Promise<Fact> {
    const { tenantId } = context;
    if (tenantId !== undefined && !(await this.getEntity()).ok) {
      const id = this.ctx.id.name ?? 'system';
      // Two first facts at once: the second finds it created, which is all it needs.
      await this.createEntity({ id, type: 'system' }, { tenantId, principal: 'system' });
    }
    return super.appendFact(input, context);
  }
}
