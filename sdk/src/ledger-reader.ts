// The read side of one ledger: entity, facts, state now and then. Never writes; a state that is
// behind is rebuilt by the writer first.
import type { Entity } from './entity.ts';
import type { Fact } from './fact.ts';
import type { FactManager } from './fact-manager.ts';
import { encodeCursor, type FactPage, type FactQuery, readQuery, readTime } from './fact-query.ts';
import type { HydrationManager } from './hydration-manager.ts';
import type { JsonValue } from './json.ts';
import type { LedgerMemory } from './ledger-memory.ts';
import type { MaskedQuery, PersonalVault } from './ledger-personal.ts';
import { accept, notFound, type Outcome, refuseField } from './outcome.ts';
import type { SnapshotStore } from './snapshot-store.ts';
import type { StateStore } from './state-store.ts';
import { formatTimestamp } from './timestamp.ts';
import type { ReadFact } from './upcaster.ts';

/**
 * Which moment's state; now by default. Errors: `invalid_request` for a value that is none and for
 * both at once, `not_found` for a `seq` past the head and a time before the first fact.
 * Source: the tenant API.
 */
export interface StateQuery extends MaskedQuery {
  /** State after this position; at most one of `seq` and `at`. */
  seq?: number;
  /** State after all facts recorded at or before this RFC 3339 time. */
  at?: string;
}

/** Source: the tenant API. `as_of` is when fact `seq` was recorded. */
export interface StateView {
  object: 'state';
  entity_id: string;
  seq: number;
  as_of: string;
  state: Record<string, JsonValue>;
  /** In the answer to a masked read whose state may hold personal data: it is withheld. */
  masked?: true;
}

export interface ReaderParts {
  readonly facts: FactManager;
  readonly states: StateStore;
  readonly snapshots: SnapshotStore;
  readonly memory: LedgerMemory;
  readonly hydration: HydrationManager;
  readonly readFact: ReadFact;
  readonly vault: PersonalVault;
  /** Brings cached state up to date, behind the writes that wait. */
  readonly freshen: () => Promise<void>;
}

/** Rows one filtered page may look at. */
const SCAN_ROWS = 10_000;

export class LedgerReader {
  readonly #parts: ReaderParts;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
  }

  entity({ masked }: MaskedQuery): Outcome<Entity> {
    const { memory, vault } = this.#parts;
    const { entity } = memory.current();
    if (!entity) return notFound();
    // A copy: in-process callers must not reach into memory.
    return accept(structuredClone(masked ? vault.mask(entity) : entity));
  }

  fact(id: string, { masked }: MaskedQuery): Outcome<Fact> {
    const { facts, memory, readFact } = this.#parts;
    if (!memory.current().entity || typeof id !== 'string') return notFound();
    const fact = facts.byId(id, masked);
    return fact ? accept(readFact(fact)) : notFound();
  }

  list(query: FactQuery): Outcome<FactPage> {
    const { facts, memory, readFact } = this.#parts;
    const { entity, head } = memory.current();
    if (!entity) return notFound();
    const selected = readQuery(query);
    if (!selected.ok) return selected;
    const { filter, limit, after } = selected.value;
    const ascending = filter.order === 'asc';
    const start = after ?? (ascending ? 0 : head.seq + 1);
    const [from, to] = ascending
      ? [start + 1, Math.min(head.seq, start + SCAN_ROWS)]
      : [Math.max(1, start - SCAN_ROWS), start - 1];
    const rows = facts.filtered(filter, from, to, limit + 1);
    const page = rows.slice(0, limit);
    const scanEnd = ascending ? to : from;
    const cutAt = rows.length > limit ? page.at(-1)?.seq : undefined;
    const has_more = cutAt !== undefined || (ascending ? to < head.seq : from > 1);
    const next_cursor = has_more ? encodeCursor(cutAt ?? scanEnd, filter) : null;
    const data = page.map((row) => readFact(facts.read(row, query.masked)));
    return accept({ data, has_more, next_cursor });
  }

  async state(query: StateQuery): Promise<Outcome<StateView>> {
    const { facts, states, snapshots, memory, freshen, hydration } = this.#parts;
    const { entity, head } = memory.current();
    if (!entity) return notFound();
    const asked = readPosition(this.#parts, query);
    if (!asked.ok) return asked;
    if (asked.value === undefined) {
      await freshen();
      const rows = states.texts();
      // After `freshen` nothing was awaited: memory and rows are of one moment.
      const { seq, recordedAt } = memory.current().head;
      return accept(this.#view(query, seq, formatTimestamp(recordedAt), rows));
    }
    const seq = Math.min(asked.value, head.seq);
    const last = facts.at(seq);
    if (!last) return notFound();
    const { overlay } = await hydration.replay(seq, { base: snapshots.newest(seq) });
    return accept(this.#view(query, seq, last.recorded_at, overlay.kept()));
  }

  #view(
    { masked }: MaskedQuery,
    seq: number,
    as_of: string,
    values: Iterable<readonly [string, string]>,
  ): StateView {
    const { memory, vault } = this.#parts;
    const about = { object: 'state', entity_id: memory.entity?.id ?? '', seq, as_of } as const;
    // What state holds is not declared field by field.
    if (masked && vault.state === 'live') return { ...about, state: {}, masked };
    const sorted = [...values].toSorted(([a], [b]) => (a < b ? -1 : 1));
    // Parse edge: canonical JSON that the overlay wrote.
    const entries = sorted.map(([name, text]) => [name, JSON.parse(text) as JsonValue] as const);
    return { ...about, state: Object.fromEntries(entries) };
  }
}

/** The position asked for, undefined for now. Errors: see `StateQuery`. */
export function readPosition(
  { facts, memory }: Pick<ReaderParts, 'facts' | 'memory'>,
  { seq, at }: { seq?: number | undefined; at?: string | undefined },
): Outcome<number | undefined> {
  if (seq !== undefined && at !== undefined) {
    return refuseField('/at', 'conflicting', 'Give seq or at.');
  }
  if (seq !== undefined) {
    if (!Number.isSafeInteger(seq) || seq < 1) {
      return refuseField('/seq', 'out_of_range', 'Expected a whole number from 1.');
    }
    return seq > memory.current().head.seq ? notFound() : accept(seq);
  }
  const time = readTime('/at', at);
  if (!time.ok || time.value === undefined) return time;
  const position = facts.seqAt(time.value);
  return position === 0 ? notFound() : accept(position);
}
