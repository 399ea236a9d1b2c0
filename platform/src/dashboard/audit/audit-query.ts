// What the Audit page is asked for, as it stands in the URL. Pure. Anything in a URL that is not known
// here counts as not given.
import type { AuditQuery } from '../../audit/audit-index.ts';
import { PLATFORM } from '../../configs/platform-ledger.ts';
import { tenantId } from '../../tenants/tenant-id.ts';

/** What a visitor can narrow the list to, and the kinds of actions that each leaves out or wants. */
export const SHOWN = ['decisions', 'tenant', 'key', 'config', 'access', 'step', 'all'] as const;
export type Shown = (typeof SHOWN)[number];

export const SHOWN_TEXTS: Readonly<Record<Shown, string>> = {
  decisions: 'What was decided',
  tenant: 'Tenants',
  key: 'Keys',
  config: 'Configs',
  access: 'Who looked',
  step: 'Steps of runs',
  all: 'Everything',
};

/** A run's steps and a ledger's own notes are nobody's decision. */
const NOT_DECIDED = ['step', 'artefact', 'lifecycle', 'system', 'sdk'];

export interface AuditState {
  readonly show: Shown;
  readonly tenant?: string | undefined;
  readonly cursor?: string | undefined;
}

export function readAuditState(query: Readonly<Record<string, string>>): AuditState {
  const { tenant, cursor } = query;
  const isTenant = tenant === PLATFORM || tenantId.safeParse(tenant).success;
  return {
    show: SHOWN.find((name) => name === query['show']) ?? 'decisions',
    ...(isTenant && { tenant }),
    ...(cursor && { cursor: cursor.slice(0, 512) }),
  };
}

export function auditHref({ show, tenant, cursor }: AuditState): string {
  const params = new URLSearchParams();
  if (tenant !== undefined) params.set('tenant', tenant);
  if (show !== 'decisions') params.set('show', show);
  if (cursor !== undefined) params.set('cursor', cursor);
  const text = params.toString();
  return text === '' ? '/dashboard/audit' : `/dashboard/audit?${text}`;
}

/** The question to the index. */
export function auditQueryOf({ show, tenant, cursor }: AuditState, limit: number): AuditQuery {
  const about = { tenantId: tenant, cursor, limit };
  if (show === 'all') return about;
  if (show === 'decisions') return { ...about, without: NOT_DECIDED };
  return { ...about, action: show === 'access' ? 'operator_access' : show };
}
