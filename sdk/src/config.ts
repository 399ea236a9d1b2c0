// A Config: versioned settings of the platform, a tenant or an entity. Shapes, and what may enter
// as one. Pure; it never knows which Config is in force.
import { CONSTRAINTS, constraintFaults, SDK_TYPES } from './config-constraints.ts';
import { rulesFaults } from './config-rules.ts';
import type { ErrorItem } from './errors.ts';
import { NAME_PATTERN, unknownFields } from './fact-input.ts';
import { checkJson, isPlainObject, type JsonObject } from './json.ts';
import { parseTimestamp } from './timestamp.ts';

/** Broadest first: each inherits from those before it. Source: seeds, architecture. */
export const SCOPES = ['platform', 'tenant', 'entity'] as const;
/** Where a Config holds. Source: seeds, architecture. */
export type ConfigScope = (typeof SCOPES)[number];

/** A draft is never in force; an archived Config no longer. Source: seeds, principle 6. */
export type ConfigState = 'draft' | 'active' | 'archived';

/**
 * One version of a Config; its content never changes. Times are RFC 3339.
 * Source: seeds, principle 6; docs/storage.md.
 */
export interface Config {
  /** `cfg_<…>`, at most 128 characters of `[A-Za-z0-9_-]`. */
  readonly id: string;
  readonly tenant_id: string;
  readonly scope: ConfigScope;
  /** `[a-z][a-z0-9_.-]{0,63}`; one Config per type and ledger. */
  readonly type: string;
  readonly name: string;
  /** From 1; any change of `name` or `settings` makes the next. */
  readonly version: number;
  /** `constraints` in it says which fields a narrower scope may only narrow, and how. */
  readonly settings: JsonObject;
  readonly state: ConfigState;
  /** In force from here on, if active. */
  readonly effective_at: string;
  /** Up to here; before `effective_at` when a later version came first. */
  readonly superseded_at?: string;
}

/** What is put. Source: the tenant API. Errors: see `LedgerConfigs.put`. */
export interface ConfigInput {
  id: string;
  type: string;
  /** 1 to 200 characters; default: the id. */
  name?: string;
  /** Plain JSON, replaced as a whole. May be left out only to archive. */
  settings?: JsonObject;
  /** Default `active`. */
  state?: ConfigState;
  /** RFC 3339, not in the past; default: when recorded. Not with `archived`. */
  effective_at?: string;
}

/** What holds for a ledger: the Configs of a type in all scopes, merged. */
export interface EffectiveConfig {
  readonly object: 'effective_config';
  readonly type: string;
  /** Of the narrowest scope that has one; with the fact's `seq` it tells all the others. */
  readonly id: string;
  readonly version: number;
  readonly scope: ConfigScope;
  /** Merged field by field, with the `constraints` of all scopes. */
  readonly settings: JsonObject;
  /** Broadest first. */
  readonly sources: readonly ConfigOrigin[];
}

/** One of the Configs that an effective one is merged from. Source: the tenant API. */
export type ConfigOrigin = Pick<Config, 'id' | 'version' | 'scope' | 'effective_at'>;

/** A moment as a ledger knows it: what was recorded up to `seq`, as of `ms` since 1970. */
export interface Position {
  readonly seq: number;
  readonly ms: number;
}

const ID_PATTERN = /^cfg_[A-Za-z0-9_-]{1,124}$/;
const INPUT_FIELDS = ['id', 'type', 'name', 'settings', 'state', 'effective_at'];
const STATES: readonly unknown[] = ['draft', 'active', 'archived'];

/** The faults of a Config to put, as far as it can be judged alone. */
export function inputFaults(input: ConfigInput): ErrorItem[] {
  const { id, type, name, settings, state, effective_at } = input;
  const faults = unknownFields(input, INPUT_FIELDS);
  const expect = (ok: boolean, key: string, code: string, expected: string): void => {
    if (!ok) faults.push({ pointer: `/${key}`, code, detail: `Expected ${expected}.` });
  };
  const archived = state === 'archived';
  expect(matches(id, ID_PATTERN), 'id', 'invalid_id', ID_PATTERN.source);
  expect(matches(type, NAME_PATTERN), 'type', 'invalid_name', NAME_PATTERN.source);
  expect(name === undefined || isName(name), 'name', 'invalid_type', '1 to 200 characters');
  expect(state === undefined || STATES.includes(state), 'state', 'invalid_value', STATES.join());
  const timeOk = effective_at === undefined || (!archived && isTime(effective_at));
  expect(timeOk, 'effective_at', 'invalid_time', 'an RFC 3339 time, not with archived');
  if (settings !== undefined || !archived) faults.push(...settingsFaults(type, settings));
  return faults;
}

/** The faults of the settings of a Config of `type`. */
export function settingsFaults(type: string, settings: unknown): ErrorItem[] {
  const pointer = '/settings';
  if (!isPlainObject(settings)) {
    return [{ pointer, code: 'invalid_type', detail: 'Expected a JSON object.' }];
  }
  const faults = checkJson(settings, pointer);
  if (faults.length > 0) return faults;
  const known = SDK_TYPES.get(type);
  if (!known) return constraintFaults(settings);
  for (const item of unknownFields(settings, [...Object.keys(known), CONSTRAINTS])) {
    faults.push({ ...item, pointer: `${pointer}${item.pointer}` });
  }
  for (const [key, { check, expected }] of Object.entries(known)) {
    if (settings[key] === undefined || check(settings[key])) continue;
    faults.push({
      pointer: `${pointer}/${key}`,
      code: 'invalid_type',
      detail: `Expected ${expected}.`,
    });
  }
  if (type === 'invariants') faults.push(...rulesFaults(settings.rules, `${pointer}/rules`));
  return [...faults, ...constraintFaults(settings)];
}

/**
 * The Configs in `list`, which code outside answered, in a fixed order; undefined when any is not
 * an active Config of a scope above `scope`, or belongs to another tenant.
 */
export function readInherited(
  list: readonly unknown[],
  scope: ConfigScope,
  tenantId: string,
): Config[] | undefined {
  const configs = list.filter((one) => isInheritable(one, scope, tenantId)).map(onlyConfig);
  if (configs.length !== list.length) return undefined;
  const key = (one: Config): string => `${one.scope} ${one.id} ${one.version}`;
  return configs.toSorted((one, other) => (key(one) < key(other) ? -1 : 1));
}

function isInheritable(value: unknown, scope: ConfigScope, tenantId: string): value is Config {
  if (!isPlainObject(value)) return false;
  const { id, type, name, version, state, tenant_id, effective_at, superseded_at } = value;
  const above: readonly unknown[] = SCOPES.slice(0, SCOPES.indexOf(scope));
  return (
    above.includes(value.scope) &&
    typeof tenant_id === 'string' &&
    (value.scope === 'platform' || tenant_id === tenantId) &&
    state === 'active' &&
    matches(id, ID_PATTERN) &&
    matches(type, NAME_PATTERN) &&
    isName(name) &&
    Number.isSafeInteger(version) &&
    Number(version) > 0 &&
    isTime(effective_at) &&
    (superseded_at === undefined || isTime(superseded_at)) &&
    settingsFaults(String(type), value.settings).length === 0
  );
}

function onlyConfig(config: Config): Config {
  const { id, tenant_id, scope, type, name, version, settings, state, effective_at } = config;
  const { superseded_at } = config;
  return {
    id,
    tenant_id,
    scope,
    type,
    name,
    version,
    settings,
    state,
    effective_at,
    ...(superseded_at === undefined ? {} : { superseded_at }),
  };
}

function matches(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value);
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && /^.{1,200}$/su.test(value) && value.isWellFormed();
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && parseTimestamp(value) !== undefined;
}
