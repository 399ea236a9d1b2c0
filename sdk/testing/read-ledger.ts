// Reads a whole ledger as a test wants it: nothing at all for one that was not created yet.
import type { LedgerStub } from '../src/entity-ledger.ts';
import { type Fact, isSystemFact } from '../src/fact.ts';
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

/** All facts but the SDK's own (`isSystemFact`), ascending. */
export async function readOwnFacts(ledger: ReadableLedger): Promise<Fact[]> {
  const facts = await readAllFacts(ledger);
  return facts.filter((fact) => !isSystemFact(fact));
}

/** Cached state by name; empty when there is none at that moment. */
export async function readState(
  ledger: ReadableLedger,
  query: StateQuery = {},
): Promise<Record<string, JsonValue>> {
  const view = await ledger.getState(query);
  return view.ok ? view.value.state : {};
}

/** All that a ledger says of itself. */
export async function readLedger(
  ledger: ReadableLedger,
): Promise<{ facts: Fact[]; state: Record<string, JsonValue> }> {
  return { facts: await readAllFacts(ledger), state: await readState(ledger) };
}

/** Without what was learnt of the scopes above: it comes with whatever is asked next, retries too. */
export function withoutInherited(facts: readonly Fact[]): Fact[] {
  return facts.filter(({ type, subtype }) => type !== 'config' || subtype !== 'inherited');
}
