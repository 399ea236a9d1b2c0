// Crypto-shredding: fields declared personal are stored under a key of their entity, so that destroying
// 32 bytes makes them unreadable while facts, hashes and sums stay. Never decides when that happens.
// oxlint-disable-next-line typescript/triple-slash-reference -- ambient modules cannot be imported
/// <reference path="./runtime.d.ts" />
import { Buffer } from 'node:buffer';
import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Entity } from './entity.ts';
import { LedgerError } from './errors.ts';
import type { Fact, FactDraft } from './fact.ts';
import type { JsonObject, JsonValue } from './json.ts';
import { pointerTo } from './json-pointer.ts';
import type {
  PersonalDataOption,
  PersonalState,
  PersonalTables,
  PersonalVault,
} from './ledger-personal.ts';

/**
 * RFC 6901 pointers to what is personal. `entity`: into the entity's `data`. Any other key is a fact
 * type, `type` or `type/subtype`: into the fact's `data`. A pointer may name a whole object or list.
 */
export interface PersonalFields {
  readonly entity?: readonly string[];
  readonly [factType: string]: readonly string[] | undefined;
}

type Path = readonly string[];
type Declared = Pick<FactDraft, 'type' | 'subtype' | 'data'>;
/** By fact type, `type` or `type/subtype`. */
type Pointers = ReadonlyMap<string, readonly string[]>;

/** What stands where a closed value stood. */
const MARKER = '$personal';
const COLUMNS = '(id INTEGER PRIMARY KEY CHECK (id = 1), key BLOB)';
/** What a masked read says in the place of a value. */
const MASK = '•••';
const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** Values are padded to a multiple of this: `true` and `false` must not differ by their length. */
const BLOCK_BYTES = 32;
/** The shortest marker's text: one block. */
const MIN_MARKER = ((IV_BYTES + BLOCK_BYTES + TAG_BYTES) * 4) / 3;
const PREFIX = 'p1:';

/** The entity's data stands in their `data.data`. */
const ENTITY_FACTS = ['lifecycle/created', 'lifecycle/updated'];
/** What the ledger says of other facts may quote them, or hash what they say. */
const ALWAYS: Readonly<Record<string, readonly string[]>> = {
  'system/hook_error': ['/message'],
  'system/invariant_warning': ['/detail'],
  'system/reconciled': ['/drift'],
};
const TYPE_PATTERN = /^[a-z][a-z0-9_.-]{0,63}(\/[a-z][a-z0-9_.-]{0,63})?$/;
const POINTER_PATTERN = /^(\/([^~/]|~[01])*)+$/;
/** `type#pointer` of what the ledger itself reads or looks facts up by. */
const NEVER_PERSONAL = [
  /^(config|relationship|sdk|system)[/#]/,
  /^outcome(\/.*)?#\/subject$/,
  /^lifecycle[/#](?!.*#\/(metadata(\/.*)?|owner_id|reason)$)/,
];

/**
 * Declares fields as personal, e.g. `personalData({ entity: ['/email'], order: ['/ship_to/name'] })`.
 * They read as ever until the entity is anonymized, and as `null` from then on. A field that is
 * absent or null is left alone. Closed without being declared: what custom code says of a fact
 * (`/message` of `hook_error`, `/detail` of `invariant_warning`), and `/drift` of `reconciled`, which
 * holds hashes of cached values. Each closed field takes 28 bytes and a third more, padded to 32.
 * Declare a field before it is first written: what was stored clear stays clear. Errors: LedgerError
 * `internal` for a key that is no fact type, a pointer that is none, or a field the ledger itself
 * reads (`config`, `relationship`, `sdk` and `system` facts, an outcome's `/subject`, a lifecycle
 * fact's own fields but `/metadata`, `/owner_id` and `/reason`). Source: docs/storage.md.
 */
export function personalData(fields: PersonalFields): PersonalDataOption {
  const pointers = new Map(Object.entries(ALWAYS));
  const declare = (type: string, pointer: string): void => {
    pointers.set(type, [...(pointers.get(type) ?? []), pointer]);
  };
  for (const [type, declared = []] of Object.entries(fields)) {
    for (const pointer of declared) {
      checkField(type, pointer);
      if (type !== 'entity') declare(type, pointer);
      else ENTITY_FACTS.forEach((name) => declare(name, `/data${pointer}`));
    }
  }
  return { attach: (sql, schema) => new EntityVault(pointers, sql, schema) };
}

class EntityVault implements PersonalVault {
  readonly #pointers: Pointers;
  readonly #sql: SqlStorage;
  readonly #schema: PersonalTables;
  #state: PersonalState | undefined;
  #key: Uint8Array<ArrayBuffer> | undefined;
  #isStored = false;

  constructor(pointers: Pointers, sql: SqlStorage, schema: PersonalTables) {
    this.#pointers = pointers;
    this.#sql = sql;
    this.#schema = schema;
  }

  /** Read once: nobody else writes the table. */
  get state(): PersonalState {
    this.#state ??= this.#read();
    return this.#state;
  }

  protect(draft: FactDraft, entityId: string): JsonObject {
    return this.#replaceDeclared(draft, (value, path) =>
      this.#close(value, entityId + path.reduce(pointerTo, '')),
    );
  }

  reveal(fact: Fact, masked = false): Fact {
    const isClosed = holdsMarker(fact.data);
    if (!isClosed && !masked) return fact;
    const data = isClosed ? this.#revealFields(fact.data, fact.entity_id, masked) : fact.data;
    // What was stored before it was declared stands clear.
    return { ...fact, data: masked ? this.#mask({ ...fact, data }) : data };
  }

  mask(entity: Entity): Entity {
    const { data, metadata, owner_id } = entity;
    const masked = ENTITY_FACTS.reduce<JsonObject>(
      (fields, name) => {
        const [type = '', subtype = ''] = name.split('/');
        return this.#mask({ type, subtype, data: fields });
      },
      { data, metadata, owner_id },
    );
    const isWhole = masked.metadata === MASK;
    // Only values were replaced: what it is made of are an entity's fields still.
    return { ...entity, ...(masked as Partial<Entity>), ...(isWhole && { metadata: {} }) };
  }

  conceal(text: string): string {
    // Whatever is written with a key is written in the commit of the key.
    this.store();
    const key = this.#ownKey();
    return key ? PREFIX + encrypt(key, text, PREFIX) : text;
  }

  open(text: string): string | undefined {
    if (!text.startsWith(PREFIX)) return text;
    return this.state === 'live' ? this.#decrypt(text.slice(PREFIX.length), PREFIX) : undefined;
  }

  store(): void {
    const key = this.#ownKey();
    if (!key || this.#isStored) return;
    this.#schema.ensure('personal_key', COLUMNS);
    this.#sql.exec('INSERT INTO personal_key (id, key) VALUES (1, ?)', key.buffer);
    this.#isStored = true;
  }

  destroy(): void {
    this.#schema.ensure('personal_key', COLUMNS);
    // Zeros of the same length first: a shorter value would leave the key's bytes in its page.
    this.#sql.exec(
      `INSERT INTO personal_key (id, key) VALUES (1, zeroblob(${KEY_BYTES}))
       ON CONFLICT (id) DO UPDATE SET key = excluded.key`,
    );
    this.#sql.exec('UPDATE personal_key SET key = NULL');
    this.#key?.fill(0);
    this.#key = undefined;
    this.#state = 'destroyed';
  }

  #read(): PersonalState {
    if (!this.#schema.has('personal_key')) return 'none';
    const query = 'SELECT key FROM personal_key';
    const [row] = this.#sql.exec<{ key: ArrayBuffer | null }>(query);
    if (!row) return 'none';
    if (!row.key) return 'destroyed';
    this.#key = new Uint8Array(row.key);
    this.#isStored = true;
    return 'live';
  }

  /** The key, made when the entity never had one; undefined when it is destroyed. */
  #mask(fact: Declared): JsonObject {
    return this.#replaceDeclared(fact, () => MASK);
  }

  /** The data with each declared field replaced that is there and not null. */
  #replaceDeclared(
    { type, subtype, data }: Declared,
    replace: (value: JsonValue, path: Path) => JsonValue,
  ): JsonObject {
    const of = (name: string): readonly string[] => this.#pointers.get(name) ?? [];
    // Short ones first, each once: what stands inside a closed field needs no closing.
    const declared = new Set([...of(type), ...of(`${type}/${subtype ?? ''}`)]);
    const pointers = Array.from(declared).toSorted((a, b) => a.length - b.length);
    return pointers.reduce((fields, pointer) => {
      const path = pathOf(pointer);
      // A path has a step at least, so the outermost object stays one.
      return replaceAt(fields, path, (value) => replace(value, path)) as JsonObject;
    }, data);
  }

  #ownKey(): Uint8Array<ArrayBuffer> | undefined {
    if (this.state === 'none') {
      this.#key = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
      this.#state = 'live';
    }
    return this.#key;
  }

  #close(value: JsonValue, aad: string): JsonValue {
    const key = this.#ownKey();
    if (!key) return null;
    const text = JSON.stringify(value);
    // Spaces after a JSON text are no part of its value.
    const rest = (BLOCK_BYTES - (Buffer.byteLength(text) % BLOCK_BYTES)) % BLOCK_BYTES;
    return { [MARKER]: encrypt(key, text + ' '.repeat(rest), aad) };
  }

  #reveal(value: JsonValue, place: string, masked: boolean): JsonValue {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) {
      return value.map((item, index) => this.#reveal(item, pointerTo(place, index), masked));
    }
    const sealed = sealedIn(value);
    if (sealed === undefined) return this.#revealFields(value, place, masked);
    if (this.state === 'destroyed') return null;
    if (masked) return MASK;
    const text = this.#decrypt(sealed, place);
    // Parse edge: the text that #close wrote. What it holds is a value, never another marker.
    return text === undefined ? value : (JSON.parse(text) as JsonValue);
  }

  #revealFields(fields: JsonObject, place: string, masked: boolean): JsonObject {
    const open = Object.entries(fields).flatMap(([key, value]) =>
      value === undefined
        ? []
        : [[key, this.#reveal(value, pointerTo(place, key), masked)] as const],
    );
    // Not by assignment: `__proto__` is a key like any other.
    return Object.fromEntries(open);
  }

  #decrypt(text: string, aad: string): string | undefined {
    const bytes = Buffer.from(text, 'base64url');
    const end = bytes.length - TAG_BYTES;
    if (!this.#key || end < IV_BYTES) return undefined;
    const decipher = createDecipheriv(ALGORITHM, this.#key, bytes.subarray(0, IV_BYTES));
    decipher.setAAD(Buffer.from(aad, 'utf8')).setAuthTag(bytes.subarray(end));
    const clear = decipher.update(bytes.subarray(IV_BYTES, end));
    try {
      return Buffer.concat([clear, decipher.final()]).toString('utf8');
    } catch {
      return undefined;
    }
  }
}

/** Initialization vector, ciphertext and tag as base64url; `aad` is where it belongs. */
function encrypt(key: Uint8Array, text: string, aad: string): string {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const cipher = createCipheriv(ALGORITHM, key, iv).setAAD(Buffer.from(aad, 'utf8'));
  const parts = [iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
  return Buffer.concat(parts).toString('base64url');
}

/** Allocates nothing: most facts hold none. */
function holdsMarker(value: JsonValue | undefined): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(holdsMarker);
  if (MARKER in value) return true;
  for (const key in value) if (holdsMarker(value[key])) return true;
  return false;
}

function sealedIn(value: JsonObject): string | undefined {
  const sealed = value[MARKER];
  if (typeof sealed !== 'string' || sealed.length < MIN_MARKER) return undefined;
  return Object.keys(value).length === 1 ? sealed : undefined;
}

/** A copy with the value at `path` replaced; `value` itself when there is none, or null. */
function replaceAt(
  value: JsonValue,
  [key, ...rest]: Path,
  replace: (value: JsonValue) => JsonValue,
): JsonValue {
  if (value === null || key === undefined) return value === null ? null : replace(value);
  if (typeof value !== 'object' || !Object.hasOwn(value, key)) return value;
  if (Array.isArray(value)) {
    const index = Number(key);
    const item = value[index];
    // `length` is a key of its own, too.
    return item === undefined ? value : value.with(index, replaceAt(item, rest, replace));
  }
  const field = value[key];
  return field === undefined ? value : { ...value, [key]: replaceAt(field, rest, replace) };
}

function checkField(type: string, pointer: string): void {
  const isField = TYPE_PATTERN.test(type) && POINTER_PATTERN.test(pointer);
  const isRead = NEVER_PERSONAL.some((pattern) => pattern.test(`${type}#${pointer}`));
  if (isField && !isRead && !pathOf(pointer).includes(MARKER)) return;
  const detail = `personalData: '${type}' cannot declare '${pointer}'.`;
  throw new LedgerError({ code: 'internal', detail });
}

function pathOf(pointer: string): Path {
  const steps = pointer.split('/').slice(1);
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}
