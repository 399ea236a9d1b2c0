// Relationships as their facts say: who is the parent, what is linked. Pure; the other entity's
// ledger is never asked.
import type { Fact } from './fact.ts';

/**
 * One current relationship. A parent comes from `relationship`/`parent_assigned` and lasts until
 * the next one, which may say `null`; a link from `linked_to`, until an `unlinked` with the same
 * target and role. Source: seeds, principle 3.
 */
export interface Relationship {
  kind: 'parent' | 'link';
  target_id: string;
  role?: string;
  /** The fact that says so, and when it took effect (RFC 3339). */
  fact_id: string;
  since: string;
}

/** What is related at one moment, in the order it came about. `as_of` is when `seq` was recorded. */
export interface RelationshipView {
  object: 'relationships';
  entity_id: string;
  seq: number;
  as_of: string;
  data: Relationship[];
}

/** Changes `current` as `fact` says. Folding all facts in order gives what holds now. */
export function evolveRelationships(current: Map<string, Relationship>, fact: Fact): void {
  if (fact.type !== 'relationship') return;
  const { parent_id, target_id, role } = fact.data;
  const said = { fact_id: fact.id, since: fact.effective_at ?? fact.timestamp };
  if (fact.subtype === 'parent_assigned') {
    current.delete('parent');
    if (typeof parent_id !== 'string') return;
    current.set('parent', { kind: 'parent', target_id: parent_id, ...said });
    return;
  }
  if (typeof target_id !== 'string') return;
  const named = typeof role === 'string' ? { role } : {};
  const key = JSON.stringify([target_id, named]);
  if (fact.subtype === 'unlinked') current.delete(key);
  // Said twice, it holds since the first time.
  else if (fact.subtype === 'linked_to' && !current.has(key)) {
    current.set(key, { kind: 'link', target_id, ...named, ...said });
  }
}
