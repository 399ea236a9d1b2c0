// Replays a ledger twice, as it is and under supposed settings of one Config, and tells the
// difference. Never writes, and never changes what the ledger itself goes by.
import { checkInvariants } from './check-invariants.ts';
import { type Fact, isSystemFact } from './fact.ts';
import type { FactManager } from './fact-manager.ts';
import type { HydrationManager } from './hydration-manager.ts';
import type { Invariant } from './invariant.ts';
import type { JsonValue } from './json.ts';
import type { ConfigReader, LedgerConfigs } from './ledger-configs.ts';
import type { LedgerMemory } from './ledger-memory.ts';
import { accept, notFound, type Outcome } from './outcome.ts';
import { driftOf } from './state-drift.ts';
import type { StateOverlay } from './state-overlay.ts';
import type { StateStore } from './state-store.ts';
import type { ReadFact } from './upcaster.ts';
import type { WhatIf, WhatIfRefusal, WhatIfView } from './what-if.ts';

export interface WhatIfParts {
  readonly memory: LedgerMemory;
  readonly facts: FactManager;
  readonly states: StateStore;
  readonly hydration: HydrationManager;
  readonly invariants: () => readonly Invariant[];
  readonly readFact: ReadFact;
}

const MAX_REFUSED = 100;

/** Errors: `not_found`, `invalid_request`, `schema_too_new`. */
export async function replayWhatIf(
  parts: WhatIfParts,
  configs: LedgerConfigs,
  input: WhatIf,
): Promise<Outcome<WhatIfView>> {
  const { memory, facts, hydration, readFact } = parts;
  const { entity, head } = memory.current();
  if (!entity) return notFound();
  const reader = configs.withSettings(input);
  if (!reader.ok) return reader;
  const now = await hydration.replay(head.seq);
  const then = hydration.begin(undefined, reader.value);
  const refused: WhatIfRefusal[] = [];
  let refused_count = 0;
  let facts_judged = 0;
  for (const page of facts.factPages(head.seq)) {
    for (const fact of page) {
      const judged = isSystemFact(fact)
        ? undefined
        : judge(parts, reader.value, readFact(fact), then.overlay);
      if (!isSystemFact(fact)) facts_judged += 1;
      if (judged) {
        refused_count += 1;
        if (refused.length < MAX_REFUSED) refused.push(judged);
      } else {
        await then.add([fact]);
      }
    }
  }
  const [is, would] = [parsed(now.overlay), parsed(then.overlay)];
  const differs = driftOf(now.overlay.kept(), then.overlay.kept());
  const about = {
    object: 'what_if',
    entity_id: entity.id,
    type: input.type,
    seq: head.seq,
  } as const;
  return accept({
    ...about,
    now: is,
    supposed: would,
    differs,
    refused,
    refused_count,
    facts_judged,
  });
}

function judge(
  { states, invariants }: WhatIfParts,
  configs: ConfigReader,
  fact: Fact,
  overlay: StateOverlay,
): WhatIfRefusal | undefined {
  const { seq, id: fact_id } = fact;
  // Seen through the overlay, `configOf` finds the supposed settings.
  const found = states.reading(overlay, () =>
    checkInvariants(invariants(), configs, fact, overlay, ''),
  );
  if (found.ok) return undefined;
  const { errors, detail } = found.error;
  return { seq, fact_id, rule: errors?.[0]?.code ?? found.error.code, detail };
}

function parsed(overlay: StateOverlay): Record<string, JsonValue> {
  // Parse edge: canonical JSON that the overlay wrote.
  return Object.fromEntries(
    [...overlay.kept()].map(([name, text]) => [name, JSON.parse(text) as JsonValue]),
  );
}
