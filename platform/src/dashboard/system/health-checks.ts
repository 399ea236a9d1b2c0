// Asks each thing the platform stands on whether it is there, one small question each, for as long as
// a visitor waits anyway. Changes nothing.
import type { Env } from '../../env.ts';

export interface HealthCheck {
  readonly name: string;
  /** What depends on it. */
  readonly role: string;
  readonly isUp: boolean;
  readonly ms: number;
  /** Why it is not, and what to do; empty when it is up. */
  readonly detail: string;
}

/** What takes longer counts as away. */
const TIMEOUT_MS = 1_500;

interface Probe {
  readonly name: string;
  readonly role: string;
  readonly next: string;
  readonly ask: (env: Env) => Promise<unknown>;
}

const PROBES: readonly Probe[] = [
  {
    name: 'D1',
    role: 'lists of tenants, the audit',
    next: 'Lists and the audit wait for it; tenants are served.',
    ask: (env) => env.DB.prepare('SELECT 1').first(),
  },
  {
    name: 'KV',
    role: 'routes and issuers of the dispatcher',
    next: 'New routes wait for it; known ones are served from memory for a while.',
    ask: (env) => env.ROUTES.get('health:none'),
  },
  {
    name: 'R2',
    role: 'the template of new tenants',
    next: 'Onboarding waits for it; run "z0 apply" if the bucket is gone.',
    ask: (env) => env.ARTEFACTS.head('tenant-template/current.json'),
  },
  {
    name: 'Dispatcher',
    role: 'every request of every tenant',
    next: 'Nobody is served while it is away: look at its logs, deploy it again.',
    ask: async (env) => {
      const response = await env.DISPATCH.fetch('https://dispatcher.internal/healthz');
      await response.body?.cancel();
      if (!response.ok) throw new RangeError(`answered ${response.status}`);
    },
  },
];

export async function checkHealth(env: Env): Promise<HealthCheck[]> {
  return Promise.all(PROBES.map((probe) => check(env, probe)));
}

async function check(env: Env, { name, role, next, ask }: Probe): Promise<HealthCheck> {
  const started = Date.now();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new RangeError(`no answer in ${TIMEOUT_MS} ms`));
  }, TIMEOUT_MS);
  try {
    await Promise.race([ask(env), late.promise]);
    return { name, role, isUp: true, ms: Date.now() - started, detail: '' };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const detail = `${reason.slice(0, 200)}. ${next}`;
    return { name, role, isUp: false, ms: Date.now() - started, detail };
  } finally {
    clearTimeout(timer);
  }
}
