// Answers which Config is in force at a moment of a ledger. Reads only what its facts say.
import type { EffectiveConfig } from './config.ts';
import { readTime } from './fact-query.ts';
import type { LedgerConfigs } from './ledger-configs.ts';
import { accept, notFound, type Outcome } from './outcome.ts';

/** Which moment; now by default. Errors: `invalid_request`. Source: the tenant API. */
export interface ConfigQuery {
  /** In force at this RFC 3339 time, as far as was recorded by then; a later one is as scheduled. */
  at?: string;
}

/** Errors: `not_found` when no Config of `type` is in force. */
export function effectiveConfig(
  configs: LedgerConfigs,
  type: string,
  { at }: ConfigQuery,
  seqAt: (ms: number) => number,
): Outcome<EffectiveConfig> {
  const time = readTime('/at', at);
  if (!time.ok) return time;
  const ms = time.value;
  const found = ms === undefined ? configs.inForce(type) : configs.at(type, { seq: seqAt(ms), ms });
  return found ? accept(found) : notFound();
}
