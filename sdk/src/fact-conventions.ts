// The few fact types whose data has an agreed shape: outcomes, errors, tool invocations,
// relationships. Pure; every other type is its ledger's own business.
import type { ErrorItem } from './errors.ts';
import { isPlainObject, type JsonObject, type JsonValue, pointerTo } from './json.ts';

/**
 * `data` of an `outcome` fact. A later fact with the same subject is a new version; the earlier ones
 * stay. What the outcome is (won, lost, qualified) stands in `subtype` or beside these fields.
 * Source: seeds, principle 5.
 */
export type OutcomeData = JsonObject & {
  /** What the outcome is of, e.g. a deal's or a call's id; 1 to 255 characters. */
  subject: string;
  /** Id of the version this one replaces: an `outcome` fact of the same ledger and subject. */
  supersedes?: string;
};

/**
 * `data` of an `error` fact, whose subtype is `tool_failure`, `timeout`, `validation`, `external` or
 * the ledger's own. A retry carries the `correlation_id` of the first attempt. Source: seeds,
 * principle 8.
 */
export type ErrorFactData = {
  /** 1 to 255 characters, e.g. `ETIMEDOUT`. */
  error_code: string;
  message: string;
  context?: JsonObject;
  /** Counted from 0 for the first attempt. */
  retry_attempt?: number;
  max_retries?: number;
  resolved?: boolean;
  resolution_fact_id?: string | null;
};

/**
 * `data` of a `tool_invocation` fact, whatever the tool: an AI model is one of them. A shape to
 * write against, not a rule the ledger enforces. Source: seeds, principle 10.
 */
export type ToolInvocationData = {
  /** `sha256:…` of what went in. */
  input_hash?: string;
  output?: JsonValue;
  /** Milliseconds. */
  latency_ms?: number;
  /** US dollars, zero said explicitly; what is settled is a `cost` fact in minor units. */
  cost_usd?: number;
};

/** `data` of a `tool_invocation`/`ai_completion` fact. Source: seeds, principle 10. */
export type AiCompletionData = ToolInvocationData & {
  model_id: string;
  model_version: string;
  /** Temperature and the like; the seed too, if there is one. */
  parameters: JsonObject;
  tokens?: { input: number; output: number };
  /** As the model says, where it says. */
  confidence?: number;
};

/** `data` of `relationship`/`linked_to` and of the `relationship`/`unlinked` that ends it. */
export type LinkData = JsonObject & {
  /** Id of the other entity; 1 to 255 characters, never this one's own. */
  target_id: string;
  /** Tells several links to one target apart, e.g. `buyer`; 1 to 255 characters. */
  role?: string;
};

type Kind = 'string' | 'id' | 'object' | 'count' | 'boolean' | 'id or null';
/** By field; the first must be there, of an error the second too. */
type Rules = Readonly<Record<string, Kind>>;

const OUTCOME: Rules = { subject: 'id', supersedes: 'id' };
const LINK: Rules = { target_id: 'id', role: 'id' };
const PARENT: Rules = { parent_id: 'id or null' };
const ERROR: Rules = {
  error_code: 'id',
  message: 'string',
  context: 'object',
  retry_attempt: 'count',
  max_retries: 'count',
  resolved: 'boolean',
  resolution_fact_id: 'id or null',
};

const DETAILS: Readonly<Record<Kind, string>> = {
  string: 'Expected a text.',
  id: 'Expected a text of 1 to 255 characters.',
  object: 'Expected a JSON object.',
  count: 'Expected a whole number, 0 or more.',
  boolean: 'Expected true or false.',
  'id or null': 'Expected a text of 1 to 255 characters, or null.',
};

/** The faults of `data` where its fact's type has an agreed shape; `pointer` is where data sits. */
export function conventionFaults(
  fact: { type: string; subtype?: string; data?: JsonObject },
  pointer: string,
): ErrorItem[] {
  const { data = {} } = fact;
  const faults: ErrorItem[] = [];
  let required = fact.type === 'error' ? 2 : 1;
  for (const [key, kind] of Object.entries(rulesOf(fact))) {
    required -= 1;
    const value = data[key];
    if (value === undefined ? required < 0 : isKind(value, kind)) continue;
    const code = value === undefined ? 'required' : 'invalid_type';
    faults.push({ pointer: pointerTo(pointer, key), code, detail: DETAILS[kind] });
  }
  return faults;
}

function rulesOf({ type, subtype }: { type: string; subtype?: string }): Rules {
  if (type === 'outcome') return OUTCOME;
  if (type === 'error') return ERROR;
  if (type !== 'relationship') return {};
  if (subtype === 'parent_assigned') return PARENT;
  return subtype === 'linked_to' || subtype === 'unlinked' ? LINK : {};
}

function isKind(value: JsonValue, kind: Kind): boolean {
  switch (kind) {
    case 'string':
    case 'boolean':
      return typeof value === kind;
    case 'id':
      return typeof value === 'string' && value.length > 0 && value.length <= 255;
    case 'object':
      return isPlainObject(value);
    case 'count':
      return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
    case 'id or null':
      return value === null || isKind(value, 'id');
  }
}
