// What is wrong, in sentences, each with what to do next, from what the Overview knows. Pure: it
// judges, and changes nothing.
import type { Alert } from '../../alerts/read-alerts.ts';
import { errorsHref } from '../errors/error-query.ts';
import { ageText, plural, shareText } from '../figure-text.ts';
import { noiseOf, type OverviewData } from './overview-data.ts';

export interface Incident {
  readonly level: 'bad' | 'warn';
  /** Whom it concerns; the platform itself when absent. */
  readonly tenant?: { readonly id: string; readonly name: string };
  /** A sentence that goes on after the tenant's name. */
  readonly text: string;
  /** How long it has been so. */
  readonly since?: string;
  readonly action: NextAction;
}

export interface NextAction {
  readonly text: string;
  readonly href: string;
  /** It leads to a page that asks, and then changes something. */
  readonly changes?: true;
}

/** Firing alerts first; then, of the rest, the worst first. */
export function incidentsOf(data: OverviewData): Incident[] {
  const alerts = data.alerts?.data ?? [];
  const told = new Set(alerts.map(({ rule, tenant_id }) => `${rule} ${tenant_id ?? ''}`));
  const rest = [
    ...unreadable(data),
    ...runs(data),
    ...failures(data, told),
    ...gaps(data, told),
    ...noise(data),
  ];
  return [
    ...alerts.map((alert) => fired(data, alert)),
    ...rest.filter(({ level }) => level === 'bad'),
    ...rest.filter(({ level }) => level === 'warn'),
  ];
}

function fired(data: OverviewData, alert: Alert): Incident {
  const { severity, tenant_id, text, fired_at } = alert;
  return {
    level: severity,
    ...(tenant_id !== null && { tenant: named(data, tenant_id) }),
    text: tenant_id === null ? `The platform ${text}` : text,
    since: ageText(data.now - Date.parse(fired_at)),
    action: actionOf(alert),
  };
}

/** By the rule's name, since whoever made a rule of their own named it; else the tenant's page. */
function actionOf({ rule, tenant_id }: Alert): NextAction {
  const tenant = tenant_id ?? undefined;
  switch (rule) {
    case 'errors':
      return { text: 'See the errors', href: errorsHref({ tenant }) };
    case 'breaker_open':
      return { text: 'See what failed', href: errorsHref({ tenant }) };
    case 'near_limit':
      return { text: 'See its limits', href: `${tenantHref(tenant)}#limits` };
    case 'health_gate':
      return { text: 'See its versions', href: `${tenantHref(tenant)}#versions` };
    case 'gap':
    case 'flush_lag':
      return { text: 'See its reports', href: `${tenantHref(tenant)}#reports` };
    case 'dead_letters':
      return { text: 'See the dead letters', href: '/dashboard/system#dead-letters' };
    default:
      return tenant === undefined
        ? { text: 'See the platform', href: '/dashboard/system' }
        : { text: 'Open the tenant', href: tenantHref(tenant) };
  }
}

function unreadable({ platform, alerts }: OverviewData): Incident[] {
  const action = { text: 'See the shards', href: '/dashboard/system#shards' };
  if (platform === undefined || alerts === undefined) {
    const what = platform === undefined ? 'The counts' : 'The alerts';
    const text = `${what} cannot be read right now; tenants are served all the same.`;
    return [{ level: 'bad', text, action }];
  }
  const away = platform.stats.unavailable_shards;
  if (away.length === 0) return [];
  const text = `${plural(away.length, 'shard')} of the system ledger did not answer (${away.join(', ')}); tenants counted there are missing below.`;
  return [{ level: 'bad', text, action }];
}

function runs(data: OverviewData): Incident[] {
  return data.index.troubled.map(({ id, name, status, updated_at }) => {
    const tenant = { id, name };
    const age = ageText(data.now - Date.parse(updated_at));
    const action = { text: 'See the steps', href: `${tenantHref(id)}#runs` };
    if (status === 'failed') {
      return { level: 'bad', tenant, text: `could not be provisioned, ${age} ago.`, action };
    }
    const doing = status === 'deleting' ? 'deletion' : 'provisioning';
    const text = `has made no progress in its ${doing} for ${age}.`;
    return { level: 'warn', tenant, text, action };
  });
}

/** What ledgers report of their own code; what callers saw of it is for the alerts. */
function failures(data: OverviewData, told: ReadonlySet<string>): Incident[] {
  const { count = 0, data: failing = [] } = data.platform?.failing ?? {};
  const first = failing
    .filter(({ tenant_id }) => !told.has(`errors ${tenant_id}`))
    .map(({ tenant_id, counts }): Incident => {
      const text = `had ${plural(counts.errors, 'error')} in its own code in the last hour, with ${plural(counts.facts, 'fact')}.`;
      const action = { text: 'See its errors', href: errorsHref({ tenant: tenant_id }) };
      return { level: 'bad', tenant: named(data, tenant_id), text, action };
    });
  const others = count - failing.length;
  if (others <= 0) return first;
  const text = `${plural(others, 'other tenant')} had errors in the last hour, too.`;
  const action = { text: 'See all of them', href: '/dashboard/tenants?sort=errors' };
  return [...first, { level: 'bad', text, action }];
}

function gaps(data: OverviewData, told: ReadonlySet<string>): Incident[] {
  const { count = 0, data: gapped = [] } = data.platform?.gapped ?? {};
  const first = gapped
    .filter(({ tenant_id }) => !told.has(`gap ${tenant_id}`))
    .map(({ tenant_id, count: missing }): Incident => {
      const text = `is missing ${plural(missing, 'report')}: its counts per minute may be too low.`;
      const action = { text: 'See which', href: `${tenantHref(tenant_id)}#reports` };
      return { level: 'warn', tenant: named(data, tenant_id), text, action };
    });
  const others = count - gapped.length;
  if (others <= 0) return first;
  const text = `${plural(others, 'other tenant')} ${others === 1 ? 'is' : 'are'} missing reports, too.`;
  const action = { text: 'See all of them', href: '/dashboard/tenants?sort=gaps' };
  return [...first, { level: 'warn', text, action }];
}

function noise(data: OverviewData): Incident[] {
  return noiseOf(data).map(({ tenantId, what, amount, total }) => {
    const text = `makes ${shareText(amount, total)} of all ${what} of the last hour; others may wait for it.`;
    const href = `${tenantHref(tenantId)}/suspend`;
    const action = { text: 'Suspend …', href, changes: true } as const;
    return { level: 'warn', tenant: named(data, tenantId), text, action };
  });
}

function tenantHref(id: string | undefined): string {
  return id === undefined ? '/dashboard/tenants' : `/dashboard/tenants/${encodeURIComponent(id)}`;
}

function named(data: OverviewData, id: string): { id: string; name: string } {
  return { id, name: data.names.get(id) ?? id };
}
