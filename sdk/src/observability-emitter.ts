// Sends a ledger's `sdk` facts to its system ledger, beside the work and never in its way: a target
// that fails is left alone for a while, and what was dropped meanwhile is counted.
import type { Entity } from './entity.ts';
import { messageOf } from './evolver.ts';
import type { FactInput } from './fact.ts';
import type {
  BootstrapConfig,
  ObservabilityStub,
  SdkObservabilityData,
  SdkObservabilitySubtype,
} from './ledger-options.ts';
import type { WriteContext } from './outcome.ts';

interface FactReceiver {
  appendFact(input: FactInput, context: Partial<WriteContext>): Promise<unknown>;
}

const FAILURES_TO_OPEN = 3;
const OPEN_MS = 60_000;

export class ObservabilityEmitter {
  readonly #target: FactReceiver;
  readonly #config: BootstrapConfig;
  readonly #entity: () => Entity | undefined;
  #failures = 0;
  #openUntil = 0;
  #dropped = 0;

  constructor(
    stub: ObservabilityStub,
    config: BootstrapConfig | undefined,
    entity: () => Entity | undefined,
  ) {
    // Edge: the seeds type the stub without its class. Every system ledger has appendFact.
    this.#target = stub as unknown as FactReceiver;
    this.#config = config ?? { fallback_on_failure: true };
    this.#entity = entity;
  }

  /** Rejects only with `fallback_on_failure: false`. */
  async emit(subtype: SdkObservabilitySubtype, data: SdkObservabilityData): Promise<void> {
    const entity = this.#entity();
    if (!entity || Date.now() < this.#openUntil) {
      this.#dropped += 1;
      return;
    }
    const about = { entity_id: entity.id, entity_type: entity.type };
    const dropped = this.#dropped > 0 ? { dropped: this.#dropped } : {};
    const input = { type: 'sdk', subtype, data: { ...about, ...dropped, ...data } };
    try {
      await this.#target.appendFact(input, { tenantId: entity.tenant_id, principal: entity.id });
      this.#failures = 0;
      this.#dropped = 0;
    } catch (error) {
      this.#dropped += 1;
      this.#failures += 1;
      if (this.#failures >= FAILURES_TO_OPEN) this.#openUntil = Date.now() + OPEN_MS;
      if (!this.#config.fallback_on_failure) throw error;
      if (this.#config.warn_on_fallback !== false) {
        console.warn(`observability target failed: ${messageOf(error)}`);
      }
    }
  }
}
