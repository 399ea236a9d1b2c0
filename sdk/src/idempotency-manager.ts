// Remembers the answer of every keyed request, so that a retry changes nothing. One row a request,
// in day buckets: old days are dropped a few rows at a time. It never decides what a retry means
// for the caller beyond three words: replay, reused, in flight.
import type { Entity } from './entity.ts';
import type { ErrorData } from './errors.ts';
import { sha256 } from './hash-chain.ts';
import { canonicalJson } from './json.ts';
import type { PersonalVault } from './ledger-personal.ts';
import {
  accept,
  type Outcome,
  type Refusal,
  refuse,
  refuseField,
  type WriteContext,
} from './outcome.ts';

/** What is stored. Facts never change, so their positions are enough. */
export interface StoredAnswer {
  readonly facts?: readonly [from: number, to: number];
  readonly entity?: Entity;
  readonly error?: ErrorData;
}

/** One keyed request between its arrival and its answer. */
export interface Ticket {
  readonly key: string;
  readonly payloadHash: string;
}

const DAY_MS = 86_400_000;
/** Rows dropped per write; more than one, so that the backlog shrinks. */
const PRUNED_PER_WRITE = 4;
const KEY_PATTERN = /^[\x21-\x7e]{1,255}$/;

export class IdempotencyManager {
  readonly #sql: SqlStorage;
  readonly #vault: PersonalVault;
  readonly #inFlight = new Map<string, string>();
  #oldestDay: number | undefined;

  constructor(sql: SqlStorage, vault: PersonalVault) {
    this.#sql = sql;
    this.#vault = vault;
  }

  /** A ticket, undefined when the request carries no key, or the refusal. */
  open(operation: string, payload: unknown, context: WriteContext): Outcome<Ticket | undefined> {
    const { idempotencyKey, tenantId, principal, route = operation } = context;
    if (idempotencyKey === undefined) return accept(undefined);
    if (!KEY_PATTERN.test(idempotencyKey)) {
      const detail = 'Idempotency-Key takes 1 to 255 visible ASCII characters.';
      return refuseField('', 'idempotency_key_invalid', detail, 'idempotency_key_invalid');
    }
    const key = JSON.stringify([tenantId, principal, route, idempotencyKey]);
    const version = context.expectedVersion ?? null;
    const payloadHash = sha256(canonicalJson([operation, version, payload]));
    const running = this.#inFlight.get(key);
    if (running === payloadHash) {
      return refuse('idempotency_in_flight', 'The first request is still running.');
    }
    if (running !== undefined) return reused();
    this.#inFlight.set(key, payloadHash);
    return accept({ key, payloadHash });
  }

  /** The request has its answer, or failed: a retry may come in. */
  close(ticket: Ticket | undefined): void {
    if (ticket) this.#inFlight.delete(ticket.key);
  }

  /** The stored answer, undefined when this request is new, or `idempotency_key_reused`. */
  find(ticket: Ticket): Outcome<StoredAnswer | undefined> {
    const today = dayOf(Date.now());
    const row = this.#sql
      .exec<{ payload_hash: string; answer: string }>(
        'SELECT payload_hash, answer FROM requests WHERE day IN (?, ?) AND key = ?',
        today,
        today - 1,
        ticket.key,
      )
      .toArray()[0];
    if (!row) return accept(undefined);
    if (row.payload_hash !== ticket.payloadHash) return reused();
    const answer = this.#vault.open(row.answer);
    // Parse edge: written by store() below.
    return accept(answer === undefined ? undefined : (JSON.parse(answer) as StoredAnswer));
  }

  /** Writes the answer; call inside the transaction of what it answers. */
  store(ticket: Ticket, answer: StoredAnswer): void {
    const today = dayOf(Date.now());
    this.#sql.exec(
      'INSERT OR REPLACE INTO requests VALUES (?, ?, ?, ?)',
      today,
      ticket.key,
      ticket.payloadHash,
      this.#vault.conceal(JSON.stringify(answer)),
    );
    this.#prune(today);
  }

  /** Forgets all answers; call inside a transaction. */
  clear(): void {
    this.#sql.exec('DELETE FROM requests');
  }

  /** Today and yesterday stay: no answer lives less than 24 hours. */
  #prune(today: number): void {
    this.#oldestDay ??= this.#readOldestDay(today);
    if (this.#oldestDay >= today - 1) return;
    this.#sql.exec(
      `DELETE FROM requests WHERE (day, key) IN
       (SELECT day, key FROM requests WHERE day < ? LIMIT ?)`,
      today - 1,
      PRUNED_PER_WRITE,
    );
    this.#oldestDay = this.#readOldestDay(today);
  }

  #readOldestDay(today: number): number {
    const query = 'SELECT min(day) AS day FROM requests';
    return this.#sql.exec<{ day: number | null }>(query).one().day ?? today;
  }
}

function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}

function reused(): Refusal {
  const detail = 'The key was used with another payload.';
  return refuse('idempotency_key_reused', detail);
}
