// A rule: when an alert fires. The rules that are in force unless a Config says otherwise, and the
// shape in which a Config says it. Pure.
import * as z from 'zod';
import { tenantId } from '../tenants/tenant-id.ts';
import { METRIC_NAMES, METRICS, type MetricName } from './alert-metrics.ts';
import { SEVERITIES, type Severity } from './alert-view.ts';

export interface AlertRule {
  readonly name: string;
  readonly metric: MetricName;
  /** How far back it looks. */
  readonly window_minutes: number;
  /** Fires at this value of the metric, and above. */
  readonly threshold: number;
  readonly severity: Severity;
  /** With less traffic than this in the window, the value counts as 0. */
  readonly minimum: number;
  /** Only these; all when left out. */
  readonly tenants?: readonly string[];
}

/** In force unless a Config of type `alerts` replaces them by name or switches them off. */
export const DEFAULT_RULES = [
  {
    name: 'errors',
    metric: 'error_share',
    window_minutes: 5,
    threshold: 0.05,
    severity: 'bad',
    minimum: 20,
  },
  {
    name: 'flush_lag',
    metric: 'flush_lag_minutes',
    window_minutes: 30,
    threshold: 5,
    severity: 'warn',
    minimum: 5,
  },
  {
    name: 'gap',
    metric: 'missing_reports',
    window_minutes: 60,
    threshold: 1,
    severity: 'warn',
    minimum: 0,
  },
  {
    name: 'breaker_open',
    metric: 'breaker_openings',
    window_minutes: 5,
    threshold: 1,
    severity: 'bad',
    minimum: 0,
  },
  {
    name: 'near_limit',
    metric: 'rate_limited_share',
    window_minutes: 5,
    threshold: 0.05,
    severity: 'warn',
    minimum: 50,
  },
  {
    name: 'dead_letters',
    metric: 'dead_letters',
    window_minutes: 60,
    threshold: 1,
    severity: 'bad',
    minimum: 0,
  },
] as const satisfies readonly AlertRule[];

/** Of a metric, for a rule that does not say: as many as its default rule wants. */
const DEFAULT_MINIMUM: Readonly<Record<MetricName, number>> = {
  error_share: 20,
  flush_lag_minutes: 5,
  missing_reports: 0,
  breaker_openings: 0,
  rate_limited_share: 50,
  dead_letters: 0,
};

/** Minute points are summed at every judgement: a longer window would read too many. */
export const MAX_WINDOW_MINUTES = 360;

const MAX_TENANTS = 100;

/** A rule as a Config has it. */
export const alertRule = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/u, 'must be a name like errors'),
    metric: z.enum(METRIC_NAMES),
    window_minutes: z.int().min(1).max(MAX_WINDOW_MINUTES),
    threshold: z.number().positive().max(1e12),
    severity: z.enum(SEVERITIES),
    minimum: z.int().nonnegative().max(1e12).optional(),
    tenants: z.array(tenantId).min(1).max(MAX_TENANTS).optional(),
  })
  .refine(({ metric, threshold }) => METRICS[metric].unit !== 'share' || threshold <= 1, {
    error: 'is a share, so at most 1',
    path: ['threshold'],
  })
  .refine(({ metric, tenants }) => METRICS[metric].about !== 'platform' || !tenants, {
    error: 'means nothing here: this metric is about the platform itself',
    path: ['tenants'],
  })
  .transform(({ minimum, tenants, ...rest }): AlertRule => {
    return {
      ...rest,
      minimum: minimum ?? DEFAULT_MINIMUM[rest.metric],
      ...(tenants && { tenants }),
    };
  });

/** The platform itself, where a tenant id stands. */
export const PLATFORM_SUBJECT = '';

/** Whether `rule` judges a tenant, or with `''` the platform itself. */
export function appliesTo(rule: AlertRule, subject: string): boolean {
  const { about } = METRICS[rule.metric];
  if (subject === PLATFORM_SUBJECT) return about !== 'tenant' && rule.tenants === undefined;
  return about !== 'platform' && (rule.tenants?.includes(subject) ?? true);
}
