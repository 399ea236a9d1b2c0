// Decides which alerts fire and which are resolved, from what is measured and what is open. Pure: it
// never asks the time and writes nothing.
import { METRICS } from './alert-metrics.ts';
import { type AlertRule, appliesTo } from './alert-rule.ts';
import type { Figures, Span } from './figures.ts';

const MINUTE_MS = 60_000;

/** Below this part of the threshold an alert may be resolved; between the two, all stays as it is. */
export const CLEAR_SHARE = 0.8;

/** An alert stays at least this long, or as long as its window if that is shorter. */
export const HOLD_MINUTES = 5;

/** Alerts about what happened once, which no rule measures, and how long they stay. */
export const HAPPENED: Readonly<Record<string, number>> = { health_gate: 60 };

/** An alert that fired and is not resolved. */
export interface OpenAlert {
  /** Of the fact with which it fired. */
  readonly id: string;
  readonly rule: string;
  readonly firedAt: number;
}

export type Transition =
  | {
      readonly kind: 'fired';
      readonly rule: AlertRule;
      readonly value: number;
      readonly text: string;
    }
  | {
      readonly kind: 'resolved';
      readonly alert: OpenAlert;
      /** `null` when it is resolved because no rule of that name applies any more. */
      readonly value: number | null;
    };

export interface Case {
  /** A tenant, or `''` for the platform itself. */
  readonly subject: string;
  readonly rules: readonly AlertRule[];
  /** Of this subject, at most one of each rule. */
  readonly open: readonly OpenAlert[];
  readonly figures: Figures;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** At most one transition of each rule, so that an alert can only fire and resolve by turns. */
export function judge({ subject, rules, open, figures, now }: Case): Transition[] {
  const applying = rules.filter((rule) => appliesTo(rule, subject));
  const names = new Set(applying.map(({ name }) => name));
  const ruleless = open
    .filter(({ rule, firedAt }) => !names.has(rule) && !isHeld(rule, firedAt, now))
    .map((alert): Transition => ({ kind: 'resolved', alert, value: null }));
  const judged = applying.flatMap((rule) => {
    const alert = open.find((one) => one.rule === rule.name);
    return judgeRule(rule, alert, figures, now);
  });
  return [...ruleless, ...judged];
}

function isHeld(rule: string, firedAt: number, now: number): boolean {
  const minutes = Object.hasOwn(HAPPENED, rule) ? (HAPPENED[rule] ?? 0) : 0;
  return now < firedAt + minutes * MINUTE_MS;
}

function judgeRule(
  rule: AlertRule,
  alert: OpenAlert | undefined,
  figures: Figures,
  now: number,
): Transition[] {
  const metric = METRICS[rule.metric];
  const reading = metric.measure(figures, spanOf(rule, now));
  const value = reading.of >= rule.minimum ? reading.value : 0;
  if (!alert) {
    if (value < rule.threshold) return [];
    const text = metric.text(reading, rule.window_minutes);
    return [{ kind: 'fired', rule, value, text }];
  }
  const held = Math.min(rule.window_minutes, HOLD_MINUTES) * MINUTE_MS;
  const isCalm = value < rule.threshold * CLEAR_SHARE && now >= alert.firedAt + held;
  return isCalm ? [{ kind: 'resolved', alert, value }] : [];
}

function spanOf({ window_minutes }: AlertRule, now: number): Span {
  return { from: now - window_minutes * MINUTE_MS, to: now };
}
