// Where a tenant's reports go: the platform's door, or a queue or ledger of the platform for one tenant
// that is trusted with them. It sends once and remembers nothing.
import { within } from './deadline.ts';
import type { TenantStatsReport } from './ledger-options.ts';
import { observedBy } from './observed-by.ts';
import type { Outcome } from './outcome.ts';

/** Milliseconds. */
const TIMEOUT_MS = 30_000;

/** What the platform gives a tenant's Worker to report through; the first that is there is used. */
export interface PlatformTargets {
  /** The door to the platform, set at upload; without it no Config of the platform is inherited. */
  PLATFORM?: Pick<Fetcher, 'fetch'>;
  PLATFORM_METRICS_QUEUE?: Pick<Queue, 'send'>;
  PLATFORM_SYSTEM_LEDGER?: Pick<DurableObjectNamespace, 'get' | 'idFromName'>;
}

interface ReportDoor {
  reportStats(report: TenantStatsReport): Promise<Outcome<null>>;
}

/** Sends one period, rejecting when it may not have arrived; undefined when nobody is there. */
export function platformTarget(
  env: PlatformTargets,
): ((report: TenantStatsReport) => Promise<unknown>) | undefined {
  const { PLATFORM, PLATFORM_METRICS_QUEUE: queue, PLATFORM_SYSTEM_LEDGER: ledgers } = env;
  if (PLATFORM) {
    return async (report) => {
      // Edge: a service binding is typed without its entrypoint.
      const door = PLATFORM as unknown as ReportDoor;
      const outcome = await within(TIMEOUT_MS, door.reportStats(report));
      if (!outcome.ok) throw new RangeError(`${outcome.error.code}: ${outcome.error.detail}`);
    };
  }
  if (queue) return (report) => queue.send(report);
  if (!ledgers) return undefined;
  const ledger = observedBy(ledgers, 'system');
  return (report) => {
    const { tenant_id: tenantId, period } = report;
    const fact = { type: 'sdk', subtype: 'tenant_stats', source_id: tenantId, data: { ...report } };
    // The key makes each period one fact, however often it is sent.
    const idempotencyKey = `period-${period}`;
    const context = { tenantId, principal: tenantId, route: 'tenant_stats', idempotencyKey };
    return within(TIMEOUT_MS, ledger.appendFact(fact, context));
  };
}
