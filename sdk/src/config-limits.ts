// What Configs of the types `ledger` and `observability` say of a whole ledger. Pure; settings that are
// not what they should be say nothing.
import { sha256 } from './hash-chain.ts';
import { type Refusal, refuse } from './outcome.ts';

type Settings = Readonly<Record<string, unknown>> | undefined;

/** The refusal of a caller's write without a key, by a ledger that asks for one. */
export function keyRefusal(settings: Settings): Refusal | undefined {
  if (settings?.require_idempotency_key !== true) return undefined;
  return refuse('idempotency_key_missing', 'This ledger takes no write without one.');
}

/** Bytes a ledger may fill: `most`, or less. */
export function storageBudget(settings: Settings, most: number): number {
  const asked = settings?.storage_budget_bytes;
  return typeof asked === 'number' ? Math.min(asked, most) : most;
}

/**
 * Whether the entity `id` is in the share that reports itself (`sample`, 0 to 1): all by default. The
 * same ones each time, and more of them, never others, when the share grows.
 */
export function isSampled(settings: Settings, id: string): boolean {
  const share = settings?.sample;
  return typeof share !== 'number' || Number.parseInt(sha256(id).slice(0, 8), 16) < share * 2 ** 32;
}
