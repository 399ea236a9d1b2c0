// Tells every open page that something changed. A page then reads what it shows again, so that an
// event carries no data; one that is lost costs a delay and nothing else.
import type { Env } from '../env.ts';

export interface LiveEvent {
  /** Counts were recorded, a tenant's status changed, or an alert fired or was resolved. */
  readonly type: 'stats' | 'tenant' | 'alert';
  /** Ids of the tenants it is about; none when it is about the platform alone. */
  readonly tenants: readonly string[];
}

/** Never fails: what cannot be told is logged. */
export async function publishLive(env: Env, event: LiveEvent): Promise<void> {
  try {
    await env.LIVE_FEED.get(env.LIVE_FEED.idFromName('live')).publish(event);
  } catch (error) {
    const detail = String(error).slice(0, 500);
    console.warn(JSON.stringify({ level: 'warn', event: 'live_publish_failed', detail }));
  }
}
