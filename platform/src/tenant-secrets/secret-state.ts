// What the facts about a tenant's secrets add up to: names, versions, and the change under way. Pure;
// a value is in no fact, so in no state either.
import type { Fact, JsonValue } from '@z0-app/sdk';

export type TenantSecret = {
  name: string;
  /** Counts the puts of this name, from 1. */
  version: number;
  /** `uncertain`: a value is set, and whether it is this version's or an older one's was never said. */
  status: 'set' | 'uncertain';
  changed_at: string;
  changed_by: string;
};

export type SecretChange = {
  id: string;
  kind: 'put' | 'delete';
  name: string;
  version: number;
  principal: string;
  started_at: string;
  /** The scoped Idempotency-Key of the request, if it carried one. */
  request_key: string | null;
};

/** A change that was made. */
export type MadeChange = Omit<SecretChange, 'started_at'> & { made_at: string };

export type TenantSecrets = {
  /** Those that are set, by name. */
  secrets: TenantSecret[];
  /** Asked of Cloudflare, the end not yet known; one at a time. */
  change: SecretChange | null;
  /** The latest that carried an Idempotency-Key, oldest first. */
  made: MadeChange[];
  /** Of names that are not set now, the version that they had last; oldest first. */
  gone: { name: string; version: number }[];
  /** Facts about secrets so far. */
  revision: number;
};

export const NO_SECRETS: TenantSecrets = {
  secrets: [],
  change: null,
  made: [],
  gone: [],
  revision: 0,
};

const KEPT_MADE = 100;
const KEPT_GONE = 500;

/** The version that a put of `name` makes. */
export function nextVersion({ secrets, gone }: TenantSecrets, name: string): number {
  const last = secrets.find((one) => one.name === name) ?? gone.find((one) => one.name === name);
  return (last?.version ?? 0) + 1;
}

/** The state after `fact`; the very same one when the fact says nothing of secrets. */
export function evolveSecrets(state: TenantSecrets, fact: Fact): TenantSecrets {
  const kind = `${fact.type}/${fact.subtype ?? ''}`;
  // The secrets were the Worker's, and it is gone.
  if (kind === 'tenant/deleted' || kind === 'tenant/failed') {
    return state.revision === 0 ? state : { ...NO_SECRETS, revision: state.revision + 1 };
  }
  if (fact.type !== 'secret') return state;
  return { ...changed(state, fact), revision: state.revision + 1 };
}

function changed(state: TenantSecrets, { subtype, timestamp: at, data }: Fact): TenantSecrets {
  const { change } = state;
  switch (subtype ?? '') {
    case 'put_started':
      return { ...state, change: startOf('put', at, data) };
    case 'delete_started':
      return { ...state, change: startOf('delete', at, data) };
    case 'put':
      return change === null ? state : made(withSecret(state, secretOf(change, 'set', at)), at);
    case 'put_unsure':
      return change === null
        ? state
        : settled(withSecret(state, secretOf(change, 'uncertain', at)));
    case 'deleted':
      return change === null ? state : made(without(state, change.name), at);
    case 'put_failed':
    case 'delete_failed':
      return settled(state);
    case 'lost':
      return without(state, text(data['secret']));
    case 'found':
      return withSecret(state, foundAt(state, text(data['secret']), at));
    default:
      return state;
  }
}

function startOf(kind: SecretChange['kind'], at: string, data: Fact['data']): SecretChange {
  return {
    id: text(data['change_id']),
    kind,
    name: text(data['secret']),
    version: Number(data['secret_version']),
    principal: text(data['principal']),
    started_at: at,
    request_key: typeof data['request_key'] === 'string' ? data['request_key'] : null,
  };
}

function secretOf(
  { name, version, principal }: SecretChange,
  status: TenantSecret['status'],
  at: string,
): TenantSecret {
  return { name, version, status, changed_at: at, changed_by: principal };
}

/** Set by nobody that this ledger knows of. */
function foundAt(state: TenantSecrets, name: string, at: string): TenantSecret {
  const version = nextVersion(state, name);
  return { name, version, status: 'uncertain', changed_at: at, changed_by: 'unknown' };
}

function withSecret(state: TenantSecrets, secret: TenantSecret): TenantSecrets {
  const others = state.secrets.filter(({ name }) => name !== secret.name);
  const secrets = [...others, secret].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const gone = state.gone.filter(({ name }) => name !== secret.name);
  return { ...state, secrets, gone };
}

function without(state: TenantSecrets, name: string): TenantSecrets {
  const secret = state.secrets.find((one) => one.name === name);
  if (secret === undefined) return state;
  const gone = [...state.gone, { name, version: secret.version }].slice(-KEPT_GONE);
  return { ...state, secrets: state.secrets.filter((one) => one !== secret), gone };
}

/** The change under way was made. */
function made(state: TenantSecrets, at: string): TenantSecrets {
  if (state.change === null || state.change.request_key === null) return settled(state);
  const { started_at: _, ...change } = state.change;
  const all = [...state.made, { ...change, made_at: at }].slice(-KEPT_MADE);
  return settled({ ...state, made: all });
}

function settled(state: TenantSecrets): TenantSecrets {
  return { ...state, change: null };
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
