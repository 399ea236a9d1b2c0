// The hash chain: seals a draft into a fact and proves a stored row. Synchronous on purpose:
// WebCrypto's promise would open the commit in the middle. It never reads storage.
// oxlint-disable-next-line typescript/triple-slash-reference -- ambient modules cannot be imported
/// <reference path="./runtime.d.ts" />
import { hash } from 'node:crypto';
import type { Fact, FactDraft } from './fact.ts';
import { canonicalJson } from './json.ts';
import { formatTimestamp } from './timestamp.ts';

/** `prev_hash` of the first fact. */
export const GENESIS_HASH = '0'.repeat(64);

/** The end of a chain. `recordedAt` in milliseconds since 1970. */
export interface Head {
  readonly seq: number;
  readonly hash: string;
  readonly recordedAt: number;
}

export const EMPTY_HEAD: Head = { seq: 0, hash: GENESIS_HASH, recordedAt: 0 };

/** A fact with the exact text that was hashed; that text is what is stored. */
export interface SealedFact {
  readonly fact: Fact;
  readonly recordedAt: number;
  readonly body: string;
}

export interface SealInput {
  readonly draft: FactDraft;
  readonly id: string;
  readonly tenantId: string;
  readonly entityId: string;
  /** Milliseconds since 1970. */
  readonly recordedAt: number;
  readonly head: Head;
  readonly correlationId?: string | undefined;
  readonly schemaVersion: number;
}

export function seal(input: SealInput): SealedFact {
  const { draft, head } = input;
  const recorded_at = formatTimestamp(input.recordedAt);
  const correlation = draft.correlation_id ?? input.correlationId;
  // In the order of canonical JSON, which makes writing it cheap.
  const unsigned = {
    ...(draft.causation_id === undefined ? {} : { causation_id: draft.causation_id }),
    ...(correlation === undefined ? {} : { correlation_id: correlation }),
    ...(draft.corrects === undefined ? {} : { corrects: draft.corrects }),
    data: draft.data,
    ...(draft.effective_at === undefined ? {} : { effective_at: draft.effective_at }),
    entity_id: input.entityId,
    id: input.id,
    prev_hash: head.hash,
    recorded_at,
    schema_version: input.schemaVersion,
    seq: head.seq + 1,
    ...(draft.source_id === undefined ? {} : { source_id: draft.source_id }),
    ...(draft.subtype === undefined ? {} : { subtype: draft.subtype }),
    tenant_id: input.tenantId,
    timestamp: draft.timestamp ?? recorded_at,
    type: draft.type,
  };
  const body = canonicalJson(unsigned);
  const fact: Fact = { ...unsigned, hash: sha256(body) };
  return { fact, body, recordedAt: input.recordedAt };
}

export function headAfter(sealed: SealedFact): Head {
  return { seq: sealed.fact.seq, hash: sealed.fact.hash, recordedAt: sealed.recordedAt };
}

/** SHA-256 of the UTF-8 bytes of `text`, in lower-case hex. */
export function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}
