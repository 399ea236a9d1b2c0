// When ledgers tell, and what that takes of them: written to at random times with a heavy tail, and
// telling by the rule of the SDK's emitter, which a test holds this against. Sends nothing.
import { KEEP_MS } from '../../sdk/src/observability-emitter.ts';
import { APPENDS, type Assumptions, BUSY_SHARE, MINUTES } from './assumptions.ts';
import type { Random } from './random.ts';

export const MINUTE_MS = 60_000;
/** Simulated, milliseconds. */
export const SPAN_MS = MINUTES * MINUTE_MS;

/** What one ledger does about its writes. Times in milliseconds since the start. */
export interface Told {
  /** When it told; each time a fact of every kind that it counted. */
  readonly times: readonly number[];
  /** Alarms that rang. */
  readonly alarms: number;
  /** Rows written: what is counted is kept, and each alarm is a row as well. */
  readonly rows: number;
}

/**
 * The emitter's rule: what was counted is kept five seconds after the first of it, as the object may be
 * gone after ten; and told then, or when the last time is a minute ago.
 */
export function tellings(writes: readonly number[], lastTold: number, until = SPAN_MS): Told {
  const times: number[] = [];
  let told = lastTold;
  let isCounted = false;
  let keepAt = Infinity;
  let dueAt = Infinity;
  let alarms = 0;
  let rows = 0;
  const ringUntil = (limit: number): void => {
    for (let at = Math.min(keepAt, dueAt); at <= limit; at = Math.min(keepAt, dueAt)) {
      alarms += 1;
      if (at === dueAt) dueAt = Infinity;
      // Too early for what was just counted: the alarm is set anew for that.
      if (keepAt > at && keepAt !== Infinity) {
        rows += 1;
        continue;
      }
      keepAt = Infinity;
      rows += 1;
      if (!isCounted) continue;
      if (at >= told + MINUTE_MS) {
        times.push(at);
        told = at;
        isCounted = false;
        dueAt = Infinity;
        // Kept again once it arrived.
        rows += 1;
      } else {
        rows += 1;
        dueAt = told + MINUTE_MS;
      }
    }
  };
  for (const write of writes) {
    ringUntil(write);
    isCounted = true;
    if (keepAt !== Infinity) continue;
    keepAt = write + KEEP_MS;
    // An earlier alarm is left as it is.
    if (keepAt < dueAt) rows += 1;
  }
  ringUntil(until);
  return { times, alarms, rows };
}

/** The ledgers of one tenant together. */
export interface TenantLoad {
  readonly appends: number;
  readonly alarms: number;
  readonly rows: number;
  /** When one of them told, and which, by time. */
  readonly told: readonly { readonly at: number; readonly entity: number }[];
}

export function simulateTenant(random: Random, assumed: Assumptions): TenantLoad {
  const told: { at: number; entity: number }[] = [];
  let appends = 0;
  let alarms = 0;
  let rows = 0;
  for (let entity = 0; entity < assumed.entities; entity += 1) {
    if (random.next() >= BUSY_SHARE) continue;
    const writes = writesOf(random);
    appends += writes.length;
    // Drawn in any case, so that sampling changes nobody's load.
    const lastTold = -random.below(2 * MINUTE_MS);
    if (random.next() >= assumed.sample) continue;
    const ledger = tellings(writes, lastTold);
    alarms += ledger.alarms;
    rows += ledger.rows;
    for (const at of ledger.times) told.push({ at, entity });
  }
  return { appends, alarms, rows, told: told.toSorted((a, b) => a.at - b.at) };
}

/** Times at which a ledger is written to, ascending; whole, as a runtime's clock has them. */
export function writesOf(random: Random): number[] {
  const perMs = random.pareto(APPENDS.least, APPENDS.tail, APPENDS.most) / MINUTE_MS;
  const writes: number[] = [];
  for (let at = random.gap(perMs); at < SPAN_MS; at += random.gap(perMs)) {
    writes.push(Math.floor(at));
  }
  return writes;
}

/** When a tenant's periods end: the first report opens one, and it closes an interval later. */
export function periodEnds(told: TenantLoad['told'], intervalMs: number): number[] {
  const ends: number[] = [];
  let end = -Infinity;
  for (const { at } of told) {
    if (at <= end) continue;
    end = at + intervalMs;
    if (end <= SPAN_MS) ends.push(end);
  }
  return ends;
}
