// Adds answered requests up by tenant. Pure and bounded: whatever callers send, the sums are exact and
// only the groups of refusals run together. It never keeps a path, an id or a body.
import {
  type ErrorGroupCount,
  LATENCY_BOUNDS_MS,
  MAX_GROUPS,
  NO_TENANT,
  OTHER_GROUP,
  type RequestCountsMessage,
  type TenantRequestCounts,
} from './request-counts.ts';

/** What counts of one request once it is answered. */
export interface AnsweredRequest {
  /** `NO_TENANT` until a token says otherwise. */
  readonly tenantId: string;
  readonly method: string;
  readonly status: number;
  /** Of the error that was answered; read for 4xx and 5xx only. */
  readonly code: string;
  readonly route: string;
  /** Until the answer began. */
  readonly ms: number;
  /** What the tenant's Worker did; left out when it was not asked. */
  readonly worker?: WorkerPart | undefined;
}

export type WorkerPart = 'answered' | 'failed';

export type CountsByTenant = RequestCountsMessage['tenants'];

/** Past this many tenants in one tally the rest is counted as nobody's: platform sums stay exact. */
const MAX_TENANTS = 5_000;
/** One for what else was refused, one for what else failed. */
const NAMED_GROUPS = MAX_GROUPS - 2;

interface Counts extends Omit<TenantRequestCounts, 'groups'> {
  readonly groups: Map<string, ErrorGroupCount>;
}

export class RequestTally {
  readonly #tenants = new Map<string, Counts>();

  get isEmpty(): boolean {
    return this.#tenants.size === 0;
  }

  add(request: AnsweredRequest): void {
    const { method, status, code, route } = request;
    const counts = this.#countsOf(request.tenantId);
    counts.requests += 1;
    if (isWrite(method, status)) counts.writes += 1;
    const bucket = bucketOf(request.ms);
    counts.latency[bucket] = (counts.latency[bucket] ?? 0) + 1;
    if (request.worker !== undefined) {
      addWorker(counts, { answered: 0, failed: 0, [request.worker]: 1 });
    }
    if (status < 400) return;
    if (status < 500) counts.refusals += 1;
    else counts.errors += 1;
    addGroup(counts.groups, { code, route, status, count: 1 });
  }

  /** Adds what another tally had taken. */
  merge(tenants: CountsByTenant): void {
    for (const [tenantId, taken] of Object.entries(tenants)) {
      const counts = this.#countsOf(tenantId);
      counts.requests += taken.requests;
      counts.writes += taken.writes;
      counts.refusals += taken.refusals;
      counts.errors += taken.errors;
      counts.latency = counts.latency.map((count, at) => count + (taken.latency[at] ?? 0));
      if (taken.worker !== undefined) addWorker(counts, taken.worker);
      for (const group of taken.groups) addGroup(counts.groups, group);
    }
  }

  /** Everything counted so far; the tally is empty afterwards. */
  take(): CountsByTenant {
    const taken: CountsByTenant = {};
    for (const [tenantId, { groups, ...counts }] of this.#tenants) {
      taken[tenantId] = { ...counts, groups: [...groups.values()] };
    }
    this.#tenants.clear();
    return taken;
  }

  #countsOf(wanted: string): Counts {
    const isFull = this.#tenants.size >= MAX_TENANTS && !this.#tenants.has(wanted);
    const tenantId = isFull ? NO_TENANT : wanted;
    const known = this.#tenants.get(tenantId);
    if (known !== undefined) return known;
    const latency = Array.from({ length: LATENCY_BOUNDS_MS.length + 1 }, () => 0);
    const counts: Counts = {
      requests: 0,
      writes: 0,
      refusals: 0,
      errors: 0,
      latency,
      groups: new Map(),
    };
    this.#tenants.set(tenantId, counts);
    return counts;
  }
}

function addWorker(counts: Counts, { answered, failed }: NonNullable<Counts['worker']>): void {
  const known = counts.worker ?? { answered: 0, failed: 0 };
  counts.worker = { answered: known.answered + answered, failed: known.failed + failed };
}

function isWrite(method: string, status: number): boolean {
  return status >= 200 && status < 300 && method !== 'GET' && method !== 'HEAD';
}

/** A bound belongs to its bucket: 5 ms is in the first. */
function bucketOf(ms: number): number {
  const found = LATENCY_BOUNDS_MS.findIndex((bound) => ms <= bound);
  return found === -1 ? LATENCY_BOUNDS_MS.length : found;
}

function addGroup(groups: Map<string, ErrorGroupCount>, given: ErrorGroupCount): void {
  const { code, route, count } = given;
  const isOther = code === OTHER_GROUP.code && route === OTHER_GROUP.route;
  const fits = groups.has(keyOf(given)) || (!isOther && groups.size < NAMED_GROUPS);
  const group = fits ? given : { ...OTHER_GROUP, status: given.status < 500 ? 400 : 500, count };
  const key = keyOf(group);
  groups.set(key, { ...group, count: (groups.get(key)?.count ?? 0) + count });
}

function keyOf({ code, route, status }: ErrorGroupCount): string {
  return `${status} ${code} ${route}`;
}
