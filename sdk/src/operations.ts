// What each write means: the facts it comes to, or why it is refused. Pure decisions over the
// entity as it is; they never touch storage and never look at a clock.
import {
  canMove,
  type Entity,
  type EntityInput,
  type EntityPatch,
  isLifecycle,
  type LifecycleMove,
  mergePatch,
  type TenantChange,
} from './entity.ts';
import type { ErrorItem } from './errors.ts';
import {
  type Fact,
  type FactDraft,
  type FactInput,
  isProjectedFact,
  isSystemFact,
} from './fact.ts';
import { conventionFaults } from './fact-conventions.ts';
import {
  checkFactInput,
  entityFaults,
  exceedsBytes,
  MAX_BATCH,
  MAX_FACT_BYTES,
  patchFaults,
  unknownFields,
} from './fact-input.ts';
import { type FactLookup, referenceRefusal } from './fact-references.ts';
import { canonicalJson, isPlainObject, type JsonObject } from './json.ts';
import type { DeliveryStep } from './ledger-parent.ts';
import { accept, notFound, type Outcome, type Refusal, refuse, refuseField } from './outcome.ts';

/** One write: what is hashed for idempotency, what it decides, what it answers. */
export interface Operation<T> {
  readonly name: string;
  readonly payload: unknown;
  /** Facts to append. Refusals made here are business refusals and are stored. */
  decide(entity: Entity | undefined, facts: FactLookup): Outcome<FactDraft[]>;
  /** Set on creation: the entity's id, which no fact of its own can tell yet. */
  readonly creates?: string;
  /** Set on an append that answers a child's fact: done once, whatever dies in between. */
  readonly delivery?: DeliveryStep | undefined;
  /** Set on an append of one fact. */
  readonly factType?: string;
  /** Set on a write that names the entity's parent. */
  readonly parentId?: string | undefined;
  readonly answer: EntityAnswer<T> | FactsAnswer<T>;
  /** JSON pointer of the fact at `index`, for refusals that name it. */
  pointerOf(index: number): string;
}

interface EntityAnswer<T> {
  readonly kind: 'entity';
  of(entity: Entity): T;
}

interface FactsAnswer<T> {
  readonly kind: 'facts';
  of(facts: Fact[]): T;
}

/** Callers from outside may not append system facts; the ledger's own code may. */
export type Trust = 'caller' | 'ledger';

const ENTITY_ANSWER: EntityAnswer<Entity> = { kind: 'entity', of: (entity) => entity };
const TENANT_ID_PATTERN = /^[a-z][a-z0-9-]{1,30}[a-z0-9]$/;
const wholeBody = (): string => '';

export function createOperation(input: EntityInput): Outcome<Operation<Entity>> {
  const refusal = inputRefusal(input, entityFaults);
  if (refusal) return refusal;
  const { id, type, data = {}, metadata = {}, owner_id, parent_id } = input;
  const drafts: FactDraft[] = [
    { type: 'lifecycle', subtype: 'created', data: { type, data, metadata, owner_id } },
  ];
  if (parent_id !== undefined) {
    drafts.push({ type: 'relationship', subtype: 'parent_assigned', data: { parent_id } });
  }
  const decide = (entity: Entity | undefined): Outcome<FactDraft[]> =>
    entity ? refuse('already_exists', 'The entity exists.') : accept(drafts);
  // The one write that is decided without an entity.
  const operation = entityOperation('create', input, notFound);
  return accept({ ...operation, decide, creates: id, parentId: parent_id });
}

export function patchOperation(input: EntityPatch): Outcome<Operation<Entity>> {
  const refusal = inputRefusal(input, patchFaults);
  if (refusal) return refusal;
  const data: JsonObject = {};
  if (input.data) data.data = input.data;
  if (input.metadata) data.metadata = input.metadata;
  const decide = (entity: Entity): Outcome<FactDraft[]> => {
    if (entity.lifecycle !== 'active') return notWhile(entity);
    const merged = [
      mergePatch(entity.data, input.data ?? {}),
      mergePatch(entity.metadata, input.metadata ?? {}),
    ];
    if (exceedsBytes(canonicalJson(merged), MAX_FACT_BYTES)) return tooLarge('', 'entity');
    return lifecycleFact('updated', data);
  };
  return accept(entityOperation('patch', input, decide));
}

export function lifecycleOperation(input: LifecycleMove): Outcome<Operation<Entity>> {
  const refusal = inputRefusal(input, (given) => unknownFields(given, ['to', 'reason']));
  if (refusal) return refusal;
  const { to, reason } = input;
  if (!isLifecycle(to)) return refuseField('/to', 'invalid_value', 'Not a lifecycle.');
  if (reason !== undefined && (typeof reason !== 'string' || reason.length > 1000)) {
    return refuseField('/reason', 'invalid_value', 'Expected a text of at most 1,000 characters.');
  }
  const decide = ({ lifecycle: from }: Entity): Outcome<FactDraft[]> =>
    canMove(from, to)
      ? lifecycleFact('transitioned', { from, to, reason })
      : refuse('lifecycle_conflict', `The entity cannot move from ${from} to ${to}.`);
  return accept(entityOperation('lifecycle', input, decide));
}

export function tenantOperation(input: TenantChange): Outcome<Operation<Entity>> {
  const refusal = inputRefusal(input, (given) => unknownFields(given, ['to_tenant']));
  if (refusal) return refusal;
  const { to_tenant } = input;
  if (typeof to_tenant !== 'string' || !TENANT_ID_PATTERN.test(to_tenant)) {
    return refuseField('/to_tenant', 'invalid_id', `Expected ${TENANT_ID_PATTERN.source}.`);
  }
  const decide = (entity: Entity): Outcome<FactDraft[]> => {
    if (entity.lifecycle !== 'active') return notWhile(entity);
    const from_tenant = entity.tenant_id;
    if (to_tenant === from_tenant) return refuse('conflict', 'It is of that tenant already.');
    return lifecycleFact('tenant_changed', { from_tenant, to_tenant });
  };
  return accept(entityOperation('change_tenant', input, decide));
}

export function appendOperation(
  input: FactInput,
  trust: Trust,
  delivery?: DeliveryStep,
): Outcome<Operation<Fact>> {
  const draft = readDraft(input, trust, '');
  if (!draft.ok) return draft;
  return accept({
    ...factsOperation('append', input, [draft.value], firstOf),
    factType: draft.value.type,
    delivery,
    parentId: parentOf(draft.value),
  });
}

/** A fact of the ledger's own, of a kind that nobody else may append. */
export function recordOperation(draft: FactDraft): Operation<Fact> {
  return factsOperation('record', draft, [draft], firstOf);
}

export function batchOperation(inputs: FactInput[], trust: Trust): Outcome<Operation<Fact[]>> {
  if (!Array.isArray(inputs) || inputs.length === 0 || inputs.length > MAX_BATCH) {
    return refuseField('/facts', 'out_of_range', `Expected 1 to ${MAX_BATCH} facts.`);
  }
  const drafts: FactDraft[] = [];
  const pointerOf = (index: number): string => `/facts/${index}`;
  for (const [index, input] of inputs.entries()) {
    const draft = readDraft(input, trust, pointerOf(index));
    if (!draft.ok) return draft;
    drafts.push(draft.value);
  }
  return accept(factsOperation('append_batch', inputs, drafts, (facts) => facts, pointerOf));
}

/** A write that the entity answers; `decide` is asked about one that is there. */
function entityOperation(
  name: string,
  payload: object,
  decide: (entity: Entity) => Outcome<FactDraft[]>,
): Operation<Entity> {
  return {
    name,
    payload,
    answer: ENTITY_ANSWER,
    pointerOf: wholeBody,
    decide: (entity) => (entity ? decide(entity) : notFound()),
  };
}

/** A write that the facts in it answer. */
function factsOperation<T>(
  name: string,
  payload: object,
  drafts: FactDraft[],
  of: (facts: Fact[]) => T,
  pointerOf: (index: number) => string = wholeBody,
): Operation<T> {
  return {
    name,
    payload,
    answer: { kind: 'facts', of },
    pointerOf,
    decide: (entity, facts) => decideAppend(entity, drafts, facts, pointerOf),
  };
}

function lifecycleFact(subtype: string, data: FactDraft['data']): Outcome<FactDraft[]> {
  return accept([{ type: 'lifecycle', subtype, data }]);
}

/** The refusal of a fact or entity that is too big. */
export function tooLarge(pointer: string, what: string): Refusal {
  const detail = `The ${what} exceeds ${MAX_FACT_BYTES} bytes as JSON.`;
  return refuseField(pointer, 'payload_too_large', detail, 'payload_too_large');
}

function readDraft(input: FactInput, trust: Trust, pointer: string): Outcome<FactDraft> {
  const draft = checkFactInput(input, pointer);
  if (!draft.ok) return draft;
  const reserved = trust === 'caller' ? isSystemFact(draft.value) : isProjectedFact(draft.value);
  if (reserved) {
    const detail = 'Only the ledger writes such facts.';
    return refuseField(`${pointer}/type`, 'reserved', detail);
  }
  const faults = conventionFaults(draft.value, `${pointer}/data`);
  return faults[0] ? refuse('invalid_request', faults[0].detail, faults) : draft;
}

function decideAppend(
  entity: Entity | undefined,
  drafts: FactDraft[],
  facts: FactLookup,
  pointerOf: (index: number) => string,
): Outcome<FactDraft[]> {
  if (!entity) return notFound();
  const draining = entity.lifecycle === 'retiring' && drafts.every(isSystemFact);
  if (entity.lifecycle !== 'active' && !draining) return notWhile(entity);
  for (const [index, draft] of drafts.entries()) {
    const refusal = referenceRefusal(draft, entity, facts, pointerOf(index));
    if (refusal) return refusal;
  }
  return accept(drafts);
}

function parentOf({ type, subtype, data }: FactDraft): string | undefined {
  const { parent_id } = data;
  const isParent = type === 'relationship' && subtype === 'parent_assigned';
  return isParent && typeof parent_id === 'string' ? parent_id : undefined;
}

function notWhile(entity: Entity): Refusal {
  return refuse('lifecycle_conflict', `The entity is ${entity.lifecycle}.`);
}

function inputRefusal<T extends object>(
  input: T,
  faultsOf: (input: T) => ErrorItem[],
): Refusal | undefined {
  if (!isPlainObject(input)) return refuseField('', 'invalid_type', 'Expected an object.');
  const faults = faultsOf(input);
  return faults[0] && refuse('invalid_request', faults[0].detail, faults);
}

function firstOf(facts: Fact[]): Fact {
  const [fact] = facts;
  if (!fact) throw new TypeError('no fact');
  return fact;
}
