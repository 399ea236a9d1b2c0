// What is expected of Cloudflare's API, as data: who says so, and the call that shows it. It starts
// nothing and registers no test.
import type { ConformanceTarget } from './target.ts';

/**
 * Where an expectation comes from. `ran`: real clients were run and depend on it. `doc`: Cloudflare's
 * documentation, or the types of its SDK. `issue`: a public thread or project tells of it.
 * `unverified`: nobody said so; it is what the embedded Cloudflare does.
 */
export type Source = 'ran' | 'doc' | 'issue' | 'unverified';

export interface Expectation {
  readonly name: string;
  readonly source: Source;
  readonly run: (target: ConformanceTarget) => Promise<void>;
}

export interface Subject {
  readonly title: string;
  readonly expectations: readonly Expectation[];
}

export function expectation(name: string, source: Source, run: Expectation['run']): Expectation {
  return { name, source, run };
}

/** How an expectation is called in the page and in `confirmed.json`. */
export const titleOf = ({ title }: Subject, { name }: Expectation): string => `${title}: ${name}`;
