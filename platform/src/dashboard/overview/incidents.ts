// What is wrong, in sentences, from what the Overview knows. Pure: it judges, and changes nothing.
import { ageText, plural, shareText } from '../figure-text.ts';
import { factsIn, noisyNeighbour, type OverviewData, TOP } from './overview-data.ts';

export interface Incident {
  readonly level: 'bad' | 'warn';
  /** Whom it concerns; the platform itself when absent. */
  readonly tenant?: { readonly id: string; readonly name: string };
  /** A sentence that goes on after the tenant's name. */
  readonly text: string;
}

/** How many tenants are named for the same reason; the table of all tenants has the others. */
const NAMED = TOP;

/** The worst first. */
export function incidentsOf(data: OverviewData): Incident[] {
  const all = [...unreadable(data), ...runs(data), ...errors(data), ...gaps(data), ...noise(data)];
  return [
    ...all.filter(({ level }) => level === 'bad'),
    ...all.filter(({ level }) => level === 'warn'),
  ];
}

function unreadable(data: OverviewData): Incident[] {
  if (data.stats === undefined) {
    const text = 'The counts cannot be read right now; tenants are served all the same.';
    return [{ level: 'bad', text }];
  }
  const away = data.stats.unavailable_shards;
  if (away.length === 0) return [];
  const text = `${plural(away.length, 'shard')} of the system ledger did not answer (${away.join(', ')}); tenants counted there are missing below.`;
  return [{ level: 'bad', text }];
}

function runs(data: OverviewData): Incident[] {
  return data.index.troubled.map(({ id, name, status, updated_at }) => {
    const tenant = { id, name };
    const age = ageText(data.now - Date.parse(updated_at));
    if (status === 'failed') {
      return { level: 'bad', tenant, text: `could not be provisioned, ${age} ago.` };
    }
    const doing = status === 'deleting' ? 'deletion' : 'provisioning';
    return { level: 'warn', tenant, text: `has made no progress in its ${doing} for ${age}.` };
  });
}

function errors(data: OverviewData): Incident[] {
  const first = data.failing.slice(0, NAMED).map((rank): Incident => {
    const text = `had ${plural(rank.errors_count, 'error')} in the last hour, with ${plural(rank.facts_count, 'fact')}.`;
    return { level: 'bad', tenant: named(data, rank.tenant_id), text };
  });
  const others = data.failing.length - first.length;
  if (others <= 0) return first;
  const text = `${plural(others, 'other tenant')} had errors in the last hour, too.`;
  return [...first, { level: 'bad', text }];
}

function gaps(data: OverviewData): Incident[] {
  const first = data.gapped.slice(0, NAMED).map((rank): Incident => {
    const text = `is missing ${plural(rank.gaps, 'report')}: its counts per minute may be too low.`;
    return { level: 'warn', tenant: named(data, rank.tenant_id), text };
  });
  const others = data.gapped.length - first.length;
  if (others <= 0) return first;
  const text = `${plural(others, 'other tenant')} ${others === 1 ? 'is' : 'are'} missing reports, too.`;
  return [...first, { level: 'warn', text }];
}

function noise(data: OverviewData): Incident[] {
  const total = factsIn(data.series);
  const noisy = noisyNeighbour(data.top?.data ?? [], total);
  if (noisy === undefined) return [];
  const text = `makes ${shareText(noisy.facts, total)} of all facts of the last hour.`;
  return [{ level: 'warn', tenant: named(data, noisy.tenantId), text }];
}

function named(data: OverviewData, id: string): { id: string; name: string } {
  return { id, name: data.names.get(id) ?? id };
}
