// Gathers what the Overview shows: the index, two hours of the platform, its alerts. Every part may be
// missing; what could not be read is left `undefined` and the page says so.
import { type Alert, readAlerts } from '../../alerts/read-alerts.ts';
import type { Env } from '../../env.ts';
import { type PlatformOverview, readPlatformOverview } from '../../stats/overview-reader.ts';
import type { Merged } from '../../stats/stats-view.ts';
import { attempt } from '../attempt.ts';
import { type IndexSummary, summarizeIndex, tenantsById } from '../tenants/tenant-query.ts';
import { type TimeWindow, windowOf } from '../time-window.ts';
import { type Noise, noisyNeighbour } from './noisy-neighbour.ts';
import { sumRequests } from './request-sums.ts';

/** A run that is quiet for longer needs somebody to look at it. */
const STUCK_MS = 5 * 60_000;
const HOUR_MS = 3_600_000;
/** How many tenants a list on the Overview names. */
export const TOP = 8;
const MAX_ALERTS = 50;

export interface OverviewData {
  readonly now: number;
  readonly index: IndexSummary;
  readonly hour: TimeWindow;
  /** Of the last hour and the one before. */
  readonly platform: PlatformOverview | undefined;
  /** Those that are firing. */
  readonly alerts: Merged<Alert> | undefined;
  /** Names of the tenants in it, by id. */
  readonly names: ReadonlyMap<string, string>;
}

export async function readOverview(env: Env, now: number): Promise<OverviewData> {
  const hour = windowOf('minute', now);
  const query = { before: hour.from - HOUR_MS, from: hour.from, to: hour.to, limit: TOP };
  const [index, platform, alerts] = await Promise.all([
    summarizeIndex(env.DB, new Date(now - STUCK_MS).toISOString()),
    attempt('overview', readPlatformOverview(env, query)),
    attempt('alerts', readAlerts(env, { state: 'firing', limit: MAX_ALERTS })),
  ]);
  const names = await readNames(env, platform, alerts);
  return { now, index, hour, platform, alerts, names };
}

async function readNames(
  env: Env,
  platform: PlatformOverview | undefined,
  alerts: Merged<Alert> | undefined,
): Promise<ReadonlyMap<string, string>> {
  const ids = [
    ...(platform?.top ?? []).map(({ tenant_id }) => tenant_id),
    ...(platform?.failing.data ?? []).map(({ tenant_id }) => tenant_id),
    ...(platform?.gapped.data ?? []).map(({ tenant_id }) => tenant_id),
    ...(alerts?.data ?? []).flatMap(({ tenant_id }) => tenant_id ?? []),
  ];
  const rows = await tenantsById(env.DB, [...new Set(ids)]);
  return new Map(rows.map((row) => [row.id, row.name]));
}

/** Facts and requests of the last hour, and of the hour before. */
export function hoursOf({ platform, hour }: Pick<OverviewData, 'platform' | 'hour'>) {
  const from = new Date(hour.from).toISOString();
  const isNow = ({ start }: { start: string }): boolean => start >= from;
  const isBefore = (point: { start: string }): boolean => !isNow(point);
  const facts = platform?.facts ?? [];
  const requests = platform?.requests ?? [];
  return {
    last: { facts: facts.filter(isNow), requests: requests.filter(isNow) },
    before: { facts: facts.filter(isBefore), requests: requests.filter(isBefore) },
  };
}

/** Whoever makes too much of the last hour's requests or facts. */
export function noiseOf(data: Pick<OverviewData, 'platform' | 'hour'>): Noise[] {
  const { platform } = data;
  if (platform === undefined) return [];
  const { last } = hoursOf(data);
  const tenants = platform.top.filter(({ tenant_id }) => tenant_id !== '');
  const requests = sumRequests(last.requests).requests;
  const facts = last.facts.reduce((sum, point) => sum + point.facts, 0);
  const byRequests = tenants.map((span) => amountOf(span.tenant_id, span.requests.requests));
  const byFacts = tenants.map((span) => amountOf(span.tenant_id, span.counts.facts));
  const loud = noisyNeighbour(byRequests, requests, platform.calling);
  const busy = noisyNeighbour(byFacts, facts, platform.writing);
  return [
    ...(loud ? [{ ...loud, what: 'requests' as const, total: requests }] : []),
    ...(busy ? [{ ...busy, what: 'facts' as const, total: facts }] : []),
  ];
}

function amountOf(tenantId: string, amount: number) {
  return { tenantId, amount };
}
