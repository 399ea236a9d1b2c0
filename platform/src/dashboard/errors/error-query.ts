// What the Errors page is asked for, as it stands in the URL: how to group, since when, and what to
// narrow it to. Pure. Anything in a URL that is not known here counts as not given.
import { tenantId } from '../../tenants/tenant-id.ts';
import type { TimeWindow } from '../time-window.ts';

export const GROUPINGS = ['code', 'route', 'tenant'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export const SPANS = ['hour', 'day', 'week'] as const;
export type Span = (typeof SPANS)[number];

export interface ErrorQuery {
  readonly by: Grouping;
  readonly span: Span;
  readonly tenant?: string | undefined;
  readonly code?: string | undefined;
  readonly route?: string | undefined;
}

const HOUR_MS = 3_600_000;

const WINDOWS = {
  hour: { resolution: 'minute', points: 60, stepMs: HOUR_MS / 60, span: 'last hour' },
  day: { resolution: 'hour', points: 24, stepMs: HOUR_MS, span: 'last day' },
  week: { resolution: 'hour', points: 168, stepMs: HOUR_MS, span: 'last week' },
} as const;

/** How a span is called. */
export function spanName(span: Span): string {
  return WINDOWS[span].span;
}

/** Whole points, the one of `now` last. */
export function windowOfSpan(span: Span, now: number): TimeWindow {
  const { resolution, points, stepMs, span: name } = WINDOWS[span];
  const to = (Math.floor(now / stepMs) + 1) * stepMs;
  return { resolution, from: to - points * stepMs, to, stepMs, span: name };
}

export function readErrorQuery(query: Readonly<Record<string, string>>): ErrorQuery {
  const tenant = tenantId.safeParse(query['tenant']);
  const { code, route } = query;
  return {
    by: GROUPINGS.find((name) => name === query['by']) ?? 'code',
    span: SPANS.find((name) => name === query['span']) ?? 'day',
    ...(tenant.success && { tenant: tenant.data }),
    ...(code && /^[a-z0-9_]{1,40}$/u.test(code) && { code }),
    ...(route && route.length <= 80 && { route }),
  };
}

/** The address of the page for this question; what is as usual is left out. */
export function errorsHref(query: Partial<ErrorQuery>): string {
  const params = new URLSearchParams();
  if (query.by !== undefined && query.by !== 'code') params.set('by', query.by);
  if (query.span !== undefined && query.span !== 'day') params.set('span', query.span);
  for (const name of ['tenant', 'code', 'route'] as const) {
    const value = query[name];
    if (value !== undefined) params.set(name, value);
  }
  const text = params.toString();
  return text === '' ? '/dashboard/errors' : `/dashboard/errors?${text}`;
}
