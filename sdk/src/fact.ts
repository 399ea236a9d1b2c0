// A Fact: an immutable record of something that happened to one entity. Shapes only, and the few
// questions a fact's type can answer. Pure.
import type { JsonObject } from './json.ts';

/** A stored fact. Times are RFC 3339 with milliseconds. Source: docs/storage.md. */
export interface Fact {
  readonly id: string;
  /** Position in the entity's ledger: 1, 2, 3, … without gaps. */
  readonly seq: number;
  readonly type: string;
  readonly subtype?: string;
  readonly tenant_id: string;
  readonly entity_id: string;
  /** When it happened, as the caller says; the offset is kept. */
  readonly timestamp: string;
  /** When it takes effect, if not at `timestamp`. */
  readonly effective_at?: string;
  /** When the ledger wrote it (UTC); never earlier than the fact before. */
  readonly recorded_at: string;
  readonly correlation_id?: string;
  readonly causation_id?: string;
  readonly source_id?: string;
  /** Id of the fact that this one corrects. */
  readonly corrects?: string;
  /** The Config that was applied, and its version. */
  readonly config_id?: string;
  readonly config_version?: number;
  /** Of the ledger's facts, when this one was written; from 1. See `Upcaster`. */
  readonly schema_version: number;
  readonly data: JsonObject;
  /** SHA-256 (hex) of the canonical JSON of this fact without `hash`. */
  readonly hash: string;
  /** `hash` of the fact before; 64 zeros for the first. */
  readonly prev_hash: string;
}

/** What a caller gives; everything else is the ledger's to assign. */
export interface FactInput {
  /** `[a-z][a-z0-9_.-]{0,63}` */
  type: string;
  /** `[a-z][a-z0-9_.-]{0,63}` */
  subtype?: string;
  /** Plain JSON; the whole fact is at most 256 KiB. Money: integer minor units plus currency. */
  data?: JsonObject;
  timestamp?: string;
  effective_at?: string;
  correlation_id?: string;
  causation_id?: string;
  source_id?: string;
  corrects?: string;
  /** Id of the Config that this fact depends on; it must be in force. */
  config_id?: string;
  /** The version in force, which is filled in when it is left out. */
  config_version?: number;
}

/** A fact before the ledger assigned id, seq, times and hashes. */
export type FactDraft = Omit<FactInput, 'data'> & { data: JsonObject };

/** Types that only the SDK's own code appends; all of them pass while an entity is retiring. */
const SYSTEM_TYPES: readonly string[] = ['system', 'sdk', 'config'];

/** Said by the ledger's own code, never by a caller: a parent hears what its child appends. */
const LEDGER_ONLY = 'relationship/parent_assigned';

/** `lifecycle` facts the entity is projected from; nobody may append one that was not decided on. */
const PROJECTED: readonly unknown[] = ['created', 'updated', 'transitioned', 'tenant_changed'];

export function isSystemFact(fact: { type: string; subtype?: string }): boolean {
  return SYSTEM_TYPES.includes(fact.type) || isProjectedFact(fact) || nameOf(fact) === LEDGER_ONLY;
}

/** Whether the entity or its Configs are read off such facts: nobody appends one by hand. */
export function isProjectedFact(fact: { type: string; subtype?: string }): boolean {
  const { type, subtype } = fact;
  return type === 'config' || (type === 'lifecycle' && PROJECTED.includes(subtype));
}

function nameOf(fact: { type: string; subtype?: string }): string {
  return `${fact.type}/${fact.subtype ?? ''}`;
}

/** What a ledger notes by itself, between two writes: for `If-Match` it changes nothing. */
export function isNote(fact: { type: string; subtype?: string }): boolean {
  return fact.type === 'system' || nameOf(fact) === 'config/inherited';
}

/** The record of custom code that threw; never given to custom code itself. */
export function isHookError(fact: { type: string; subtype?: string }): boolean {
  return fact.type === 'system' && fact.subtype === 'hook_error';
}
