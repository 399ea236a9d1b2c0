// What the address of an entity's page says: position, page of facts, what to verify. Pure. Whatever
// it says wrongly counts as not said.
import { ENTITY_ID } from '../../tenant-api/tenant-answers.ts';

export interface EntityQuery {
  /** Position of the state that is shown; the newest when undefined. */
  readonly seq: number | undefined;
  /** What that state is compared with. */
  readonly against: 'before' | 'newest';
  /** Page of facts. */
  readonly cursor: string | undefined;
  readonly correlationId: string | undefined;
  /** Only this fact. */
  readonly factId: string | undefined;
  readonly verify: boolean;
}

export interface EntitiesQuery {
  readonly prefix: string;
  readonly cursor: string | undefined;
}

type Given = Readonly<Record<string, string>>;

const SEQ = /^[1-9][0-9]{0,14}$/u;
/** What a fact or a request calls itself: visible ASCII, so that it fits into an address. */
const REFERENCE = /^[\x21-\x7e]{1,255}$/u;
const CURSOR = /^[\x21-\x7e]{1,1024}$/u;
const PREFIX = /^[A-Za-z0-9_.:-]{1,64}$/u;

export function readEntityQuery(given: Given): EntityQuery {
  const { seq = '', against, verify } = given;
  return {
    seq: SEQ.test(seq) ? Number(seq) : undefined,
    against: against === 'newest' ? 'newest' : 'before',
    cursor: matching(CURSOR, given['cursor']),
    correlationId: matching(REFERENCE, given['correlation_id']),
    factId: matching(ENTITY_ID, given['fact']),
    verify: verify === '1',
  };
}

export function readEntitiesQuery(given: Given): EntitiesQuery {
  const prefix = (given['prefix'] ?? '').trim();
  return {
    prefix: PREFIX.test(prefix) ? prefix : '',
    cursor: matching(CURSOR, given['cursor']),
  };
}

/** The address of an entity's page under `base`, which ends in `/entities`. */
export function entityHref(base: string, id: string, query: Partial<EntityQuery> = {}): string {
  const given = {
    seq: query.seq?.toString(),
    against: query.against === 'newest' ? 'newest' : undefined,
    cursor: query.cursor,
    correlation_id: query.correlationId,
    fact: query.factId,
    verify: query.verify === true ? '1' : undefined,
  };
  return `${base}/${encodeURIComponent(id)}${searchOf(given)}`;
}

/** The address of a page of the list. */
export function entitiesHref(base: string, query: Partial<EntitiesQuery>): string {
  const { prefix = '', cursor } = query;
  return base + searchOf({ prefix: prefix === '' ? undefined : prefix, cursor });
}

/** `?…` of what is there, or nothing. */
export function searchOf(given: Readonly<Record<string, string | undefined>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) search.set(name, value);
  }
  return search.size === 0 ? '' : `?${search.toString()}`;
}

/** Whether a reference can stand in an address as it is; what cannot is shown without a link. */
export function isReference(text: string): boolean {
  return REFERENCE.test(text);
}

function matching(pattern: RegExp, text: string | undefined): string | undefined {
  return text !== undefined && pattern.test(text) ? text : undefined;
}
