// What the audit says of one control-plane fact: who, what, to whom. Pure. Fields are chosen by name,
// so that a key's hash or a setting of a Config never gets in.
import type { Fact } from '@z0-app/sdk';
import { PLATFORM } from '../configs/platform-ledger.ts';
import { OPERATOR } from '../http/operator-auth.ts';

export interface AuditEntry {
  /** The fact's own. */
  readonly id: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** `platform` for what concerns all tenants. */
  readonly tenant_id: string;
  readonly principal: string;
  /** The fact's kind, such as `tenant.suspended`. */
  readonly action: string;
  /** The key, step, Config or entity it is about; `null` when that is the tenant itself. */
  readonly subject: string | null;
  readonly detail: string | null;
}

/** An entry with its place in the ledger it comes from. */
export interface AuditRow extends AuditEntry {
  readonly seq: number;
}

/** What an entry needs of a fact. */
export type AuditedFact = Pick<Fact, 'id' | 'seq' | 'type' | 'subtype' | 'recorded_at' | 'data'>;

/** Longer texts are cut: an error may quote a whole answer. */
const MAX_DETAIL = 300;
const SUBJECTS = [
  'key_id',
  'step',
  'config_id',
  'entity_id',
  'version_id',
  'to',
  'secret',
] as const;
/** In the order they are told. */
const DETAILS = [
  'name',
  'label',
  'plan',
  'version',
  'content_hash',
  'from',
  'page',
  'run',
  'cause',
  'error',
] as const;

/** How a run, and not a person, ends or goes on. */
const BY_WORKFLOW: ReadonlySet<string> = new Set([
  'tenant.activated',
  'tenant.failed',
  'tenant.deleted',
  'tenant.run_restarted',
  'version.activated',
  'version.activation_failed',
]);

export function auditRowOf(fact: AuditedFact, tenantId: string): AuditRow {
  const action = fact.subtype === undefined ? fact.type : `${fact.type}.${fact.subtype}`;
  const config = configOf(fact);
  return {
    id: fact.id,
    at: fact.recorded_at,
    tenant_id: tenantId,
    principal: textOf(fact.data['principal']) ?? textOf(fact.data['author']) ?? principalOf(action),
    action,
    subject: config?.id ?? firstOf(fact, SUBJECTS),
    detail: cut(config?.detail ?? detailOf(fact)),
    seq: fact.seq,
  };
}

function principalOf(action: string): string {
  if (/^(?:step|artefact|activation)\./u.test(action) || BY_WORKFLOW.has(action)) return 'workflow';
  return action.startsWith('system.') || action.startsWith('sdk.') ? PLATFORM : OPERATOR;
}

/** Version and state of a Config; what it sets is for those who may read Configs. */
function configOf({ type, data }: AuditedFact): { id: string; detail: string } | undefined {
  const config = data['config'];
  if (type !== 'config' || config === null || typeof config !== 'object') return undefined;
  if (Array.isArray(config)) return undefined;
  const { id, type: kind, version, state, effective_at } = config;
  if (typeof id !== 'string') return undefined;
  const from = typeof effective_at === 'string' ? `from ${effective_at}` : undefined;
  const parts = [
    textOf(kind),
    typeof version === 'number' ? `version ${version}` : undefined,
    textOf(state),
    from,
  ];
  return { id, detail: parts.filter((part) => part !== undefined).join(', ') };
}

function firstOf({ data }: AuditedFact, names: readonly string[]): string | null {
  for (const name of names) {
    const text = textOf(data[name]);
    if (text !== undefined) return text;
  }
  return null;
}

function detailOf({ data }: AuditedFact): string | null {
  const parts = DETAILS.flatMap((name) => {
    const text = textOf(data[name]);
    return text === undefined ? [] : [`${name} ${text}`];
  });
  const version = data['config_version'] ?? data['secret_version'];
  if (typeof version === 'number') parts.push(`version ${version}`);
  return parts.length === 0 ? null : parts.join(', ');
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function cut(text: string | null): string | null {
  if (text === null || text.length <= MAX_DETAIL) return text;
  return `${text.slice(0, MAX_DETAIL - 1).toWellFormed()}…`;
}
