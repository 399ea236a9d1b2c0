// Sends a ledger's `sdk` facts to its system ledger, beside the work and never in its way. What a
// failing target did not get is counted, and told with the next fact that arrives.
import type { CircuitBreaker } from './circuit-breaker.ts';
import type { Entity } from './entity.ts';
import type { FactInput } from './fact.ts';
import type {
  BootstrapConfig,
  ObservabilityStub,
  SdkObservabilityData,
  SdkObservabilitySubtype,
} from './ledger-options.ts';
import type { WriteContext } from './outcome.ts';
import { ParentDOClient } from './parent-do-client.ts';

interface FactReceiver {
  appendFact(input: FactInput, context: Partial<WriteContext>): Promise<object>;
}

export class ObservabilityEmitter {
  readonly #client: ParentDOClient<FactReceiver>;
  readonly #entity: () => Entity | undefined;
  #dropped = 0;

  constructor(
    stub: ObservabilityStub,
    config: BootstrapConfig | undefined,
    entity: () => Entity | undefined,
    breaker: CircuitBreaker,
  ) {
    // Edge: the seeds type the stub without its class. Every system ledger has appendFact.
    const target = (): FactReceiver => stub as unknown as FactReceiver;
    this.#client = new ParentDOClient({ breaker, target, config });
    this.#entity = entity;
  }

  /** Rejects only with `fallback_on_failure: false`. */
  async emit(subtype: SdkObservabilitySubtype, data: SdkObservabilityData): Promise<void> {
    const entity = this.#entity();
    const dropped = this.#dropped;
    this.#dropped = 0;
    let sent: unknown;
    try {
      sent =
        entity && (await this.#send(entity, subtype, { ...(dropped > 0 && { dropped }), ...data }));
    } finally {
      if (sent === undefined) this.#dropped += dropped + 1;
    }
  }

  #send(entity: Entity, subtype: SdkObservabilitySubtype, data: object): Promise<unknown> {
    const { id, type, tenant_id: tenantId } = entity;
    const about = { entity_id: id, entity_type: type };
    const input = { type: 'sdk', subtype, data: { ...about, ...data } };
    return this.#client.call((target) => target.appendFact(input, { tenantId, principal: id }));
  }
}
