// How a refusal by a plan's limit reads: which limit, how much it allows, what was used, and how to get
// more. Pure; whether something is beyond a limit is decided elsewhere.
import type { ErrorCode, ErrorData } from '@z0-app/sdk/errors';

/** What is allowed, in words, by the limit's name in a problem document. */
const ALLOWS = {
  cpu_ms: (value) => `${countOf(value)} ms of CPU a request`,
  subrequests: (value) => `${plural(value, 'subrequest')} a request`,
  requests_per_minute: (value) => `${plural(value, 'request')} a minute`,
  storage_bytes: (value) => `${bytesOf(value)} of storage`,
  entities: (value) => plural(value, 'entity', 'entities'),
  schedules: (value) => plural(value, 'schedule'),
  preview_entities: (value) => `${plural(value, 'entity', 'entities')} in a preview`,
  preview_facts: (value) => `${plural(value, 'fact')} in a preview`,
} as const satisfies Record<string, (value: number) => string>;

export type LimitName = keyof typeof ALLOWS;

/** Of every Worker on Cloudflare, whatever the plan. */
const MEMORY_MB = 128;

export interface PlanLimit {
  readonly name: LimitName;
  readonly value: number;
  /** How much it was, or would have been. */
  readonly used?: number | undefined;
}

/** The refusal by `limit` of the plan named `plan`. */
export function limitRefusal(
  plan: string,
  limit: PlanLimit,
  code: ErrorCode = 'limit_exceeded',
): ErrorData {
  const { name, value, used } = limit;
  const allowed = `Plan \`${plan}\` allows ${ALLOWS[name](value)}`;
  const reached = used === undefined ? '' : `, and this is ${usedOf(name, used)}`;
  return {
    code,
    detail: `${allowed}${reached}; ask the platform's operator for another plan.`,
    limit: { name, value, ...(used !== undefined && { used }) },
  };
}

/** The refusal of `limit` requests in `periodS` seconds. */
export function rateRefusal(plan: string, limit: number, periodS: number): ErrorData {
  if (periodS === 60) {
    return limitRefusal(plan, { name: 'requests_per_minute', value: limit }, 'rate_limited');
  }
  const allowed = `${plural(limit, 'request')} in ${plural(periodS, 'second')}`;
  return {
    code: 'rate_limited',
    detail: `Plan \`${plan}\` allows ${allowed}; ask the platform's operator for another plan.`,
    limit: { name: `requests_per_${periodS}_s`, value: limit },
  };
}

/** A request that the runtime ended for its memory: no plan allows more. */
export const MEMORY_REFUSAL: ErrorData = {
  code: 'worker_over_limit',
  detail: `A Worker may use ${MEMORY_MB} MB of memory, on every plan; hold less of it at a time.`,
  limit: { name: 'memory_mb', value: MEMORY_MB },
};

function usedOf(name: LimitName, used: number): string {
  return name === 'storage_bytes' ? bytesOf(used) : countOf(used);
}

function countOf(value: number): string {
  return value.toLocaleString('en');
}

function plural(value: number, one: string, many = `${one}s`): string {
  return `${countOf(value)} ${value === 1 ? one : many}`;
}

/** In the largest unit of a thousand that leaves at least one of it. */
function bytesOf(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [amount, unit] = [value, 0];
  while (amount >= 1_000 && unit < units.length - 1) [amount, unit] = [amount / 1_000, unit + 1];
  return `${countOf(Math.round(amount * 10) / 10)} ${units[unit]}`;
}
