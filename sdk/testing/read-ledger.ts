// Reads a whole ledger as a test wants it: nothing at all for one that was not created yet.
import type { LedgerStub } from '../src/entity-ledger.ts';
import type { Fact } from '../src/fact.ts';
import type { JsonValue } from '../src/json.ts';
import type { StateQuery } from '../src/ledger-reader.ts';

const PAGE = 100;

/** As much of a ledger as reading it whole takes. */
export type ReadableLedger = Pick<LedgerStub, 'listFacts' | 'getState'>;

/** All facts, ascending. */
export async function readAllFacts(ledger: ReadableLedger): Promise<Fact[]> {
  const facts: Fact[] = [];
  let cursor: string | undefined;
  do {
    const query = {
      limit: PAGE,
      order: 'asc',
      ...(cursor === undefined ? {} : { cursor }),
    } as const;
    const page = await ledger.listFacts(query);
    if (!page.ok) return facts;
    facts.push(...page.value.data);
    cursor = page.value.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return facts;
}

/** Cached state by name; empty when there is none at that moment. */
export async function readState(
  ledger: ReadableLedger,
  query: StateQuery = {},
): Promise<Record<string, JsonValue>> {
  const view = await ledger.getState(query);
  return view.ok ? view.value.state : {};
}
