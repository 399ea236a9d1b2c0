// The facts that alerts are made of: how a decision is written, and how it is read again. Pure.
import type { Fact, FactInput } from '@z0-app/sdk';
import * as z from 'zod';
import { PLATFORM } from '../configs/platform-ledger.ts';
import { PLATFORM_SUBJECT } from './alert-rule.ts';
import type { FiredRow, Resolution } from './alert-tables.ts';
import { SEVERITIES, type Severity } from './alert-view.ts';
import type { Transition } from './judge.ts';

/** Type of all facts about alerts. */
export const ALERT_FACT = 'alert';

const fired = z.object({
  rule: z.string(),
  severity: z.enum(SEVERITIES),
  value: z.number(),
  threshold: z.number(),
  text: z.string(),
  tenant_id: z.string().nullable(),
});

const resolved = z.object({ alert: z.string() });
const disabled = z.object({ config: z.string() });

export function transitionFact(transition: Transition, subject: string, now: number): FactInput {
  const about = {
    type: ALERT_FACT,
    subtype: transition.kind,
    timestamp: new Date(now).toISOString(),
    source_id: subject === PLATFORM_SUBJECT ? PLATFORM : subject,
  };
  const tenant_id = subject === PLATFORM_SUBJECT ? null : subject;
  if (transition.kind === 'resolved') {
    const { alert, value } = transition;
    const data = { alert: alert.id, rule: alert.rule, value, tenant_id };
    return { ...about, causation_id: alert.id, data };
  }
  const { rule, value, text } = transition;
  const { name, metric, severity, threshold, window_minutes } = rule;
  const data = { rule: name, metric, severity, value, threshold, window_minutes, text, tenant_id };
  return { ...about, data };
}

/** What fires without a rule that measures it. */
export interface Happened {
  readonly rule: string;
  readonly severity: Severity;
  /** Goes on after the tenant's name. */
  readonly text: string;
}

export function happenedFact(
  { rule, severity, text }: Happened,
  subject: string,
  now: number,
): FactInput {
  const data = { rule, severity, value: 1, threshold: 1, text, tenant_id: subject };
  const timestamp = new Date(now).toISOString();
  return { type: ALERT_FACT, subtype: 'fired', timestamp, source_id: subject, data };
}

/** The receiver answered 410 while this Config was in force. */
export function disabledFact(config: string): FactInput {
  return { type: ALERT_FACT, subtype: 'webhook_disabled', data: { config, status: 410 } };
}

/** A delivery that was given up. */
export function undeliveredFact(factId: string, attempts: number, reason: string): FactInput {
  const data = { fact: factId, attempts, reason };
  return { type: ALERT_FACT, subtype: 'undelivered', causation_id: factId, data };
}

/** What a fact says of alerts; `undefined` when it is none of these. */
export type AlertNews =
  | { readonly kind: 'fired'; readonly row: FiredRow }
  | { readonly kind: 'resolved'; readonly resolution: Resolution }
  | { readonly kind: 'webhook_disabled'; readonly config: string };

export function newsOf(fact: Fact): AlertNews | undefined {
  const { id, seq, subtype, data } = fact;
  const at = Date.parse(fact.timestamp);
  if (subtype === 'fired') {
    const parsed = fired.safeParse(data);
    if (!parsed.success) return undefined;
    const tenant_id = parsed.data.tenant_id ?? PLATFORM_SUBJECT;
    return { kind: 'fired', row: { ...parsed.data, tenant_id, id, fired_seq: seq, fired_at: at } };
  }
  if (subtype === 'resolved') {
    const parsed = resolved.safeParse(data);
    if (!parsed.success) return undefined;
    return { kind: 'resolved', resolution: { alertId: parsed.data.alert, seq, id, at } };
  }
  if (subtype !== 'webhook_disabled') return undefined;
  const parsed = disabled.safeParse(data);
  return parsed.success ? { kind: 'webhook_disabled', config: parsed.data.config } : undefined;
}
