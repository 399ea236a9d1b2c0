// Stands before the write path of one ledger: Configs from above are fetched, a ledger without room
// takes nothing in, and what is refused is counted. It never writes a caller's fact itself.
import type { AlarmClock } from './alarm-clock.ts';
import type { FactDraft } from './fact.ts';
import type { LedgerConfigs } from './ledger-configs.ts';
import type { LedgerMemory } from './ledger-memory.ts';
import type { BootstrapConfig } from './ledger-options.ts';
import type { LedgerParent } from './ledger-parent.ts';
import type { LedgerWriter, Written } from './ledger-writer.ts';
import type { ObservabilityEmitter } from './observability-emitter.ts';
import { type Operation, recordOperation, type Trust } from './operations.ts';
import { accept, type Outcome, type Refusal, refuse, type WriteContext } from './outcome.ts';

/** Cloudflare ends at 10 GB per object; what is left is for closing the ledger down in order. */
const STORAGE_BUDGET_BYTES = 9.5e9;
/** Writes that make room, or decide how much there is. */
const ALWAYS: readonly string[] = ['lifecycle', 'change_tenant', 'put_config', 'record'];
export interface GateParts {
  readonly writer: LedgerWriter;
  readonly memory: LedgerMemory;
  readonly alarms: AlarmClock;
  readonly configs: LedgerConfigs | undefined;
  readonly parent: LedgerParent | undefined;
  readonly observer: ObservabilityEmitter | undefined;
  readonly bootstrapConfig?: BootstrapConfig;
  readonly sql: Pick<SqlStorage, 'databaseSize'>;
  /** Bytes; a Config may lower it. */
  readonly storageBudgetBytes?: number;
}

export class LedgerGate {
  readonly #parts: GateParts;

  constructor(parts: GateParts) {
    this.#parts = parts;
  }

  async write<T>(
    operation: Outcome<Operation<T>>,
    context: WriteContext,
    trust: Trust,
  ): Promise<Written<T>> {
    const { observer, bootstrapConfig, configs, alarms } = this.#parts;
    // What came before must have been told.
    if (bootstrapConfig?.fallback_on_failure === false) await observer?.tell(true);
    // Awaited only when there is something to wait for: writes keep their order.
    const refreshing = this.refresh(operation.ok && operation.value.name === 'put_config');
    if (refreshing) await refreshing;
    const written: Written<T> = operation.ok
      ? await this.#admit(operation.value, context, trust)
      : { outcome: operation, facts: [] };
    const { outcome } = written;
    if (outcome.ok || outcome.replayed) return written;
    const type = operation.ok ? operation.value.factType : undefined;
    if (outcome.error.code !== 'not_found') observer?.count('fact_appended', { refusals: 1 });
    const ms = configs?.countRefusal(outcome.error, context.tenantId, type);
    if (ms !== undefined) void alarms.within(ms);
    return written;
  }

  async #admit<T>(
    operation: Operation<T>,
    context: WriteContext,
    trust: Trust,
  ): Promise<Written<T>> {
    const judging = this.#refusal(operation, context, trust);
    const outcome = judging instanceof Promise ? await judging : judging;
    return outcome ? { outcome, facts: [] } : this.#parts.writer.write(operation, context);
  }

  /**
   * Writes down what the scope above says now, if that is not known; what cannot be written is asked
   * for again. `anew` whatever is known. No promise when there is nothing to ask.
   */
  refresh(anew: boolean): Promise<unknown> | undefined {
    return this.#parts.configs?.refresh(anew)?.then((draft) => draft && this.record(draft));
  }

  /** Appends one of the ledger's own facts; whether it could. */
  async record(draft: FactDraft): Promise<boolean> {
    return (await this.#parts.writer.own(accept(recordOperation(draft)))).ok;
  }

  /** Writes the refusals counted so far when their period is over; ms until it will be. */
  async settle(): Promise<number | undefined> {
    const due = this.#parts.configs?.dueRefusals();
    if (typeof due !== 'object') return due;
    await this.record(due);
    return undefined;
  }

  #refusal<T>(
    operation: Operation<T>,
    context: WriteContext,
    trust: Trust,
  ): Refusal | undefined | Promise<Refusal | undefined> {
    const { sql, configs, storageBudgetBytes: most = STORAGE_BUDGET_BYTES } = this.#parts;
    const isKeyless = trust === 'caller' && context.idempotencyKey === undefined;
    const refusal = isKeyless && configs?.keyRefusal();
    if (refusal) return refusal;
    const budget = configs?.storageBudget(most) ?? most;
    if (!ALWAYS.includes(operation.name) && sql.databaseSize >= budget) {
      return refuse('storage_full', `The ledger fills its ${budget} bytes.`);
    }
    const { parentId, creates } = operation;
    const { entity } = this.#parts.memory;
    // A creation said again is answered as it was.
    const id = creates === undefined ? entity?.id : entity ? undefined : creates;
    if (parentId === undefined || id === undefined) return undefined;
    return this.#parts.parent?.refuses(id, parentId);
  }
}
