// What a failing scenario throws, and how ledgers and facts are put into words. Never decides
// whether anything failed.
import type { ErrorData } from '../src/errors.ts';
import type { Fact, FactInput } from '../src/fact.ts';

/** Thrown when a ledger did not do what the scenario says. The message is meant for people. */
export class ScenarioError extends Error {
  /** `failure` is one sentence; `facts` is the whole ledger when it happened. */
  constructor(failure: string, facts: readonly Fact[]) {
    super(`${failure}\n\nThe ledger so far:\n${listOf(facts)}`);
    this.name = 'ScenarioError';
  }
}

/** One line a fact, with its position where it has one. */
export function listOf(facts: readonly (Partial<Fact> | FactInput)[]): string {
  if (facts.length === 0) return '  (no facts)';
  return facts.map((fact, index) => `  ${lineOf(fact, index)}`).join('\n');
}

/** A refusal in one line: code, detail, and the fields at fault. */
export function refusalText(error: ErrorData): string {
  const items = (error.errors ?? []).map(({ pointer, code }) => `${code} at '${pointer}'`);
  const fields = items.length > 0 ? ` (${items.join(', ')})` : '';
  return `${error.code}: ${error.detail}${fields}`;
}

function lineOf(fact: Partial<Fact> | FactInput, index: number): string {
  const position = 'seq' in fact && fact.seq !== undefined ? fact.seq : index + 1;
  const name = [fact.type ?? '(any type)', ...(fact.subtype ? [fact.subtype] : [])].join('/');
  return `${position}. ${name} ${fact.data === undefined ? '' : JSON.stringify(fact.data)}`.trimEnd();
}
