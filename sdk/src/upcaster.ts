// Reads facts of older schema versions as today's code knows them. Additive by construction: what a
// fact says is never changed, only what it leaves out is filled in.
import { LedgerError } from './errors.ts';
import { messageOf } from './evolver.ts';
import { type Fact, isSystemFact } from './fact.ts';
import type { JsonObject } from './json.ts';

/**
 * The fields that the next schema version added to `fact.data`, with their defaults; `{}` for a
 * fact that gained none. A field the fact has already keeps its value. Must be deterministic:
 * every read and every replay asks again. Source: seeds, principle 3.
 */
export type Upcaster = (fact: Fact) => JsonObject;

/** `upcasters[n]` takes a fact from version n to n + 1. */
export type Upcasters = Readonly<Record<number, Upcaster>>;

/** `fact` as stored, to the fact as read. */
export type ReadFact = (fact: Fact) => Fact;

/** What a ledger class says of its facts' versions; asked anew for each fact. */
export interface SchemaVersions {
  /** The version new facts are written in, from 1. */
  readonly current: () => number;
  readonly upcasters: () => Upcasters;
}

/**
 * `fact` with the fields its later versions added; `schema_version` stays the one it was written
 * in. Throws LedgerError: `schema_too_new` for a fact this code cannot know, `internal` when an
 * upcaster throws.
 */
export function upcast(fact: Fact, { current, upcasters }: SchemaVersions): Fact {
  const known = current();
  const written = fact.schema_version;
  if (written === known) return fact;
  if (written > known) {
    const detail = `Fact ${fact.seq} has schema version ${written}; this code knows up to ${known}.`;
    throw new LedgerError({ code: 'schema_too_new', detail });
  }
  // The SDK's own facts follow the SDK, not the ledger that extends it.
  if (isSystemFact(fact)) return fact;
  const steps = upcasters();
  let lifted = fact;
  try {
    for (let version = written; version < known; version += 1) {
      const added = steps[version]?.(lifted);
      if (added) lifted = { ...lifted, data: { ...added, ...lifted.data } };
    }
  } catch (error) {
    const detail = `An upcaster threw over fact ${fact.seq}: ${messageOf(error)}`;
    throw new LedgerError({ code: 'internal', detail });
  }
  return lifted;
}
