// Tells open pages and the rules of alerts that something was recorded. Neither can fail what was
// recorded, nor hold it up for long.
import { evaluateAlerts } from '../alerts/evaluate-alerts.ts';
import type { Env } from '../env.ts';
import { publishLive } from '../live/publish-live.ts';

/** Past this nobody waits; what was begun goes on as long as the runtime lets it. */
const PATIENCE_MS = 5000;

/** `tenants`: ids, and the empty one for the platform itself. Never fails. */
export async function announce(env: Env, tenants: ReadonlySet<string>): Promise<void> {
  const known = [...tenants].filter((id) => id !== '');
  await Promise.all([
    guarded('publish', () => publishLive(env, { type: 'stats', tenants: known })),
    guarded('evaluate_alerts', () => evaluateAlerts(env, tenants, Date.now())),
  ]);
}

async function guarded(what: string, work: () => Promise<void>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(() => late.reject(new RangeError('took too long')), PATIENCE_MS);
  try {
    await Promise.race([work(), late.promise]);
  } catch (error) {
    const detail = String(error).slice(0, 500);
    console.warn(JSON.stringify({ level: 'warn', event: 'announce_failed', what, detail }));
  } finally {
    clearTimeout(timer);
  }
}
