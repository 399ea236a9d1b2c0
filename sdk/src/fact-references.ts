// What a fact says of other facts and entities must be possible when it is written. Decides over
// plain data; it never looks into another entity's ledger.
import type { Entity } from './entity.ts';
import type { Fact, FactDraft } from './fact.ts';
import { type Refusal, refuseField } from './outcome.ts';

/** The facts already written. */
export interface FactLookup {
  byId(id: string): Fact | undefined;
}

/**
 * The refusal of a draft whose `corrects` or `data.supersedes` names no such fact of its own
 * ledger, or that relates an entity to itself. A fact cannot name itself, nor one of the same
 * batch: ids are given out with the commit.
 */
export function referenceRefusal(
  draft: FactDraft,
  entity: Entity,
  facts: FactLookup,
  pointer: string,
): Refusal | undefined {
  const { corrects, type, subtype, data } = draft;
  if (corrects !== undefined && !facts.byId(corrects)) {
    return refuseField(`${pointer}/corrects`, 'unknown_fact', 'This ledger has no such fact.');
  }
  if (type === 'outcome' && typeof data.supersedes === 'string') {
    const before = facts.byId(data.supersedes);
    if (before?.type !== 'outcome' || before.data.subject !== data.subject) {
      const detail = 'This ledger has no such outcome.';
      return refuseField(`${pointer}/data/supersedes`, 'unknown_fact', detail);
    }
  }
  if (type !== 'relationship') return undefined;
  const key = subtype === 'parent_assigned' ? 'parent_id' : 'target_id';
  if (data[key] !== entity.id) return undefined;
  return refuseField(`${pointer}/data/${key}`, 'self', 'An entity is not related to itself.');
}
