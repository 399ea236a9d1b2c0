// Puts the groups that the dispatcher counted together by code, route or tenant. Pure.
import type { ErrorGroup } from '../../stats/request-view.ts';
import type { ErrorQuery, Grouping } from './error-query.ts';

export interface ErrorRow {
  /** The code, route or tenant id that all of it has in common. */
  readonly key: string;
  readonly count: number;
  /** Of `count`, those answered 5xx. */
  readonly failures: number;
  readonly lastAt: string;
  /** Distinct values, most first. */
  readonly codes: readonly string[];
  readonly routes: readonly string[];
  readonly tenants: readonly string[];
}

/** The groups that a question is about. */
export function matching(groups: readonly ErrorGroup[], query: ErrorQuery): ErrorGroup[] {
  return groups.filter(
    (group) =>
      (query.tenant === undefined || group.tenant_id === query.tenant) &&
      (query.code === undefined || group.code === query.code) &&
      (query.route === undefined || group.route === query.route),
  );
}

/** Most first; as many are in the order of their keys. */
export function errorRows(groups: readonly ErrorGroup[], by: Grouping): ErrorRow[] {
  const rows = [...Map.groupBy(groups, (group) => keyOf(group, by))].map(([key, own]) => ({
    key,
    count: sum(own),
    failures: sum(own.filter(({ status }) => status >= 500)),
    lastAt: own.reduce((last, { last_at }) => (last_at > last ? last_at : last), ''),
    codes: distinct(own, 'code'),
    routes: distinct(own, 'route'),
    tenants: distinct(own, 'tenant'),
  }));
  return rows.toSorted((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
}

function keyOf(group: ErrorGroup, by: Grouping): string {
  return by === 'tenant' ? group.tenant_id : group[by];
}

function distinct(groups: readonly ErrorGroup[], by: Grouping): string[] {
  const counts = new Map<string, number>();
  for (const group of groups) {
    const key = keyOf(group, by);
    counts.set(key, (counts.get(key) ?? 0) + group.count);
  }
  return [...counts].toSorted(([, a], [, b]) => b - a).map(([key]) => key);
}

function sum(groups: readonly ErrorGroup[]): number {
  return groups.reduce((total, { count }) => total + count, 0);
}
