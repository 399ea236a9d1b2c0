// What-if replay: how a ledger's history would read under another Config. Shapes only.
import type { JsonObject, JsonValue } from './json.ts';

/** A Config that is only supposed: nothing is written. Source: seeds, principle 6. */
export interface WhatIf {
  /** Type of the Config that is replaced, e.g. `invariants`. */
  type: string;
  /** Its effective settings at every position; not narrowed by any scope. */
  settings: JsonObject;
}

/** A fact that the supposed Config would have refused. */
export interface WhatIfRefusal {
  seq: number;
  fact_id: string;
  /** Name of the rule. */
  rule: string;
  detail: string;
}

/**
 * What a replay under a `WhatIf` came to, up to fact `seq`. Facts stay as they are: one that would
 * have been refused is told, and left out of `supposed`. Source: seeds, principle 6.
 */
export interface WhatIfView {
  object: 'what_if';
  entity_id: string;
  type: string;
  seq: number;
  /** Cached state as replayed under the Configs that were in force. */
  now: Record<string, JsonValue>;
  /** Cached state as replayed under the supposed one. */
  supposed: Record<string, JsonValue>;
  /** Names of cached values that differ. */
  differs: string[];
  /** The first 100. */
  refused: WhatIfRefusal[];
  refused_count: number;
  facts_judged: number;
}
