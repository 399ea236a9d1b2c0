// Clears away throwaway scripts that a crash left behind, after an upload and once in a while. Failing
// costs nothing: the next one does it.
import { sweepThrowaways } from '@z0-app/provisioning';
import type { Env } from '../env.ts';
import { apiFor } from '../provisioning/provision-tenant.ts';

const EVERY_MS = 5 * 60_000;
/** Longer than any check or preview may take. */
const OLD_MS = 15 * 60_000;

/** Of this isolate: others do the same, and that is harmless. */
let sweptAt = 0;

export async function sweepChecks(env: Env, tenantId: string, now: number): Promise<void> {
  if (now - sweptAt < EVERY_MS) return;
  sweptAt = now;
  try {
    const { api, target } = apiFor(env, tenantId);
    const swept = await sweepThrowaways(api, target, now - OLD_MS);
    if (swept.ok && swept.deleted.length === 0) return;
    const entry = swept.ok ? { deleted: swept.deleted } : { detail: swept.detail };
    console.warn(JSON.stringify({ level: 'warn', event: 'throwaways_swept', ...entry }));
  } catch (error) {
    const detail = String(error).slice(0, 500);
    console.warn(JSON.stringify({ level: 'warn', event: 'throwaways_not_swept', detail }));
  }
}
