// Answers from the facts alone what held at a moment: the outcome of a subject, who is related.
// Keeps nothing of its own, and never reads cached state.
import type { Fact } from './fact.ts';
import type { FactIndex } from './fact-index.ts';
import type { FactManager } from './fact-manager.ts';
import type { LedgerMemory } from './ledger-memory.ts';
import type { MaskedQuery } from './ledger-personal.ts';
import { readPosition } from './ledger-reader.ts';
import { accept, notFound, type Outcome, refuseField } from './outcome.ts';
import { evolveRelationships, type Relationship, type RelationshipView } from './relationship.ts';
import type { ReadFact } from './upcaster.ts';

/**
 * Which moment; now by default. Errors: `invalid_request`, `not_found` before the first fact.
 * Source: seeds, principle 5.
 */
export interface HistoryQuery extends MaskedQuery {
  /** What was recorded at or before this RFC 3339 time, whenever it took effect. */
  at?: string;
}

/** What was thought of one subject at a moment. `as_of` is when fact `seq` was recorded. */
export interface OutcomeView {
  object: 'outcome';
  entity_id: string;
  subject: string;
  seq: number;
  as_of: string;
  /** The latest version. */
  current: Fact;
  /** Newest first, `current` included; at most 100. */
  versions: Fact[];
  /** Whether there are older versions: `listFacts({ type: 'outcome', subject })` has them all. */
  has_more: boolean;
}

interface Moment {
  readonly entityId: string;
  readonly last: Fact;
}

const MAX_VERSIONS = 100;

export interface HistoryParts {
  readonly facts: FactManager;
  readonly index: FactIndex;
  readonly memory: LedgerMemory;
  readonly readFact: ReadFact;
}

export class FactHistory {
  readonly #parts: HistoryParts;

  constructor(parts: HistoryParts) {
    this.#parts = parts;
  }

  outcomes(subject: string, query: HistoryQuery): Outcome<OutcomeView> {
    const found = this.#moment(query);
    if (!found.ok) return found;
    if (typeof subject !== 'string' || subject.length === 0 || subject.length > 255) {
      return refuseField('/subject', 'invalid_type', 'Expected a text of 1 to 255 characters.');
    }
    const { entityId, last } = found.value;
    const { seq, recorded_at: as_of } = last;
    const seqs = this.#parts.index.seqs('outcome', subject, seq, 'DESC', MAX_VERSIONS + 1);
    const versions = [...this.#read(seqs.slice(0, MAX_VERSIONS), query)];
    const [current] = versions;
    if (!current) return notFound();
    const has_more = seqs.length > versions.length;
    const about = { object: 'outcome', entity_id: entityId, subject, seq, as_of } as const;
    return accept({ ...about, current, versions, has_more });
  }

  relationships(query: HistoryQuery): Outcome<RelationshipView> {
    const found = this.#moment(query);
    if (!found.ok) return found;
    const { entityId, last } = found.value;
    const { seq, recorded_at: as_of } = last;
    const current = new Map<string, Relationship>();
    const seqs = this.#parts.index.seqs('relationship', '', seq, 'ASC', seq);
    for (const fact of this.#read(seqs, query)) evolveRelationships(current, fact);
    const data = [...current.values()];
    return accept({ object: 'relationships', entity_id: entityId, seq, as_of, data });
  }

  *#read(seqs: readonly number[], { masked }: MaskedQuery): Generator<Fact> {
    for (const seq of seqs) {
      const fact = this.#parts.facts.at(seq, masked);
      if (fact) yield this.#parts.readFact(fact);
    }
  }

  #moment({ at }: HistoryQuery): Outcome<Moment> {
    const { entity, head } = this.#parts.memory.current();
    if (!entity) return notFound();
    const asked = readPosition(this.#parts, { at });
    if (!asked.ok) return asked;
    const last = this.#parts.facts.at(asked.value ?? head.seq);
    return last ? accept({ entityId: entity.id, last }) : notFound();
  }
}
