// The settings of the Config of type `alerts`: rules and a webhook. What is broken in them is refused
// when it is put; where it is read, it is left out, and the rest holds.
import { type ErrorItem, LedgerError } from '@z0-app/sdk/errors';
import * as z from 'zod';
import { platformLedger } from '../configs/platform-ledger.ts';
import type { Env } from '../env.ts';
import { validationError } from '../http/validation-error.ts';
import { type AlertRule, alertRule, DEFAULT_RULES } from './alert-rule.ts';
import { isLoopback, webhookUrlFault } from './webhook-url.ts';

/** The type of the Config. Tenants do not inherit it: it names other tenants. */
export const ALERTS_CONFIG = 'alerts';

export interface Webhook {
  readonly url: string;
  /** Raised to change the secret; see `webhookSecrets`. */
  readonly secret_version: number;
}

export interface AlertSettings {
  readonly rules: readonly AlertRule[];
  readonly webhook?: Webhook;
  /** The Config and its version, `''` without one. Says whether it was put anew. */
  readonly source: string;
}

export const DEFAULT_SETTINGS: AlertSettings = { rules: DEFAULT_RULES, source: '' };

const MAX_RULES = 50;

/** What a Config may hold besides `rules` and `webhook`, which are judged one by one. */
const outer = z.strictObject({
  rules: z.array(z.unknown()).max(MAX_RULES).optional(),
  off: z
    .array(z.enum(DEFAULT_RULES.map(({ name }) => name)))
    .max(DEFAULT_RULES.length)
    .optional(),
  webhook: z.unknown().optional(),
  constraints: z.unknown().optional(),
});

const webhookFields = z.strictObject({
  url: z.string().min(1).max(2000),
  secret_version: z.int().min(1).max(1_000_000).default(1),
});

interface Parsed extends Omit<AlertSettings, 'source'> {
  readonly faults: readonly ErrorItem[];
}

/** What holds of `settings`, and what is wrong with them, by pointers into the Config. */
export function parseAlertSettings(settings: unknown, env: Env): Parsed {
  const top = outer.safeParse(settings);
  const faults = top.success ? [] : itemsOf(top.error, []);
  // Parse edge: each field that is used is checked for itself, so that one fault spoils no other.
  const given = (typeof settings === 'object' && settings !== null ? settings : {}) as {
    rules?: unknown;
    off?: unknown;
    webhook?: unknown;
  };
  const rules = parseRules(given.rules);
  const webhook = parseWebhook(given.webhook, env);
  const off = new Set<unknown>(Array.isArray(given.off) ? given.off : []);
  const names = new Set(rules.rules.map(({ name }) => name));
  const defaults = DEFAULT_RULES.filter(({ name }) => !off.has(name) && !names.has(name));
  return {
    rules: [...defaults, ...rules.rules],
    ...(webhook.webhook && { webhook: webhook.webhook }),
    faults: [...faults, ...rules.faults, ...webhook.faults],
  };
}

/** Refuses a Config of this type that has a fault. Errors: `invalid_request`, a pointer for each. */
export function refuseBrokenAlerts(type: string, settings: unknown, env: Env): void {
  if (type !== ALERTS_CONFIG) return;
  const { faults } = parseAlertSettings(settings, env);
  const [first] = faults;
  if (!first) return;
  const detail = `${first.pointer}: ${first.detail}`;
  throw new LedgerError({ code: 'invalid_request', detail, errors: faults.slice(0, 16) });
}

/** What is in force. The default when nobody put a Config; `undefined` while it cannot be read. */
export async function readAlertSettings(env: Env): Promise<AlertSettings | undefined> {
  try {
    const outcome = await platformLedger(env).effectiveConfig(ALERTS_CONFIG);
    if (!outcome.ok) return outcome.error.code === 'not_found' ? DEFAULT_SETTINGS : undefined;
    const { id, version, settings } = outcome.value;
    const { faults, ...parsed } = parseAlertSettings(settings, env);
    const source = `${id} ${version}`;
    for (const { pointer, detail } of faults) {
      const entry = { level: 'error', event: 'alert_settings_broken', source, pointer, detail };
      console.error(JSON.stringify(entry));
    }
    return { ...parsed, source };
  } catch (error) {
    const detail = String(error).slice(0, 500);
    console.warn(JSON.stringify({ level: 'warn', event: 'alert_settings_unread', detail }));
    return undefined;
  }
}

function parseRules(given: unknown): { rules: AlertRule[]; faults: ErrorItem[] } {
  const rules: AlertRule[] = [];
  const faults: ErrorItem[] = [];
  if (!Array.isArray(given)) return { rules, faults };
  for (const [index, one] of given.slice(0, MAX_RULES).entries()) {
    const parsed = alertRule.safeParse(one);
    if (!parsed.success) {
      faults.push(...itemsOf(parsed.error, ['rules', index]));
    } else if (rules.some(({ name }) => name === parsed.data.name)) {
      const pointer = `/settings/rules/${index}/name`;
      faults.push({ pointer, code: 'duplicate', detail: 'is the name of an earlier rule' });
    } else {
      rules.push(parsed.data);
    }
  }
  return { rules, faults };
}

function parseWebhook(given: unknown, env: Env): { webhook?: Webhook; faults: ErrorItem[] } {
  if (given === undefined) return { faults: [] };
  const parsed = webhookFields.safeParse(given);
  if (!parsed.success) return { faults: itemsOf(parsed.error, ['webhook']) };
  const detail = webhookUrlFault(parsed.data.url, { loopback: mayLoop(env) });
  if (detail === undefined) return { webhook: parsed.data, faults: [] };
  return { faults: [{ pointer: '/settings/webhook/url', code: 'invalid_url', detail }] };
}

/** A platform whose Cloudflare is this very machine has nothing behind a wall to protect. */
export function mayLoop(env: Env): boolean {
  const url = URL.parse(env.CLOUDFLARE_API_BASE_URL);
  return url !== null && isLoopback(url);
}

function itemsOf(error: z.ZodError, path: readonly (string | number)[]): ErrorItem[] {
  const issues = error.issues.map((issue) => {
    return { ...issue, path: ['settings', ...path, ...issue.path] };
  });
  return [...(validationError(issues, 'json').errors ?? [])];
}
