// What a tenant's plan allows beside what it uses, and what its breakers did. Shows; the dispatcher
// enforces the limits.
import { PLANS } from '../../tenants/plans.ts';
import { planName } from '../../tenants/tenant-projection.ts';
import { liveKeys, MAX_LIVE_KEYS } from '../../tenants/tenant-state.ts';
import { errorsHref } from '../errors/error-query.ts';
import { countText, plural } from '../figure-text.ts';
import { percentText } from '../overview/percent-text.ts';
import type { TenantData } from './tenant-data.ts';

interface LimitRow {
  readonly name: string;
  readonly limit: string;
  readonly use: string;
  /** Of the limit, 0 to 1, where it can be measured. */
  readonly share?: number;
}

export function TenantLimits(props: { data: TenantData }) {
  const { data } = props;
  return (
    <section id="limits">
      <h2>
        Limits of its plan <span class="count">{data.tenant.plan}</span>
      </h2>
      <table class="limits">
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col" class="amount">
              Limit
            </th>
            <th scope="col">Used</th>
          </tr>
        </thead>
        <tbody>
          {limitRows(data).map((row) => (
            <tr>
              <td>{row.name}</td>
              <td class="amount">{row.limit}</td>
              <td>
                {row.share !== undefined && (
                  <meter
                    min={0}
                    max={1}
                    high={0.8}
                    value={Math.min(1, row.share)}
                    aria-label={row.name}
                  >
                    {percentText(row.share, 1)}
                  </meter>
                )}
                {row.use}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="quiet">
        {breakerText(data)}
        {countOf(data.errors, 'circuit_open') > 0 && (
          <>
            {' '}
            <a href={errorsHref({ tenant: data.tenant.id, by: 'route', code: 'circuit_open' })}>
              See where
            </a>
          </>
        )}
      </p>
    </section>
  );
}

function limitRows({ tenant, minutes, hour, errors }: TenantData): LimitRow[] {
  const plan = PLANS[planName(tenant.plan)];
  const from = new Date(hour.from).toISOString();
  const peak = Math.max(0, ...minutes.filter(({ start }) => start >= from).map((p) => p.requests));
  const share = peak / plan.rate.limit;
  const keys = liveKeys(tenant).length;
  const over = countOf(errors, 'worker_over_limit');
  const refused = countOf(errors, 'rate_limited');
  const perPeriod = plan.rate.period_s === 60 ? 'a minute' : `per ${plan.rate.period_s} s`;
  return [
    {
      name: `Requests ${perPeriod}`,
      limit: countText(plan.rate.limit),
      use: `${percentText(peak, plan.rate.limit)}: ${countText(peak)} in its busiest minute of the hour${refused > 0 ? `; ${plural(refused, 'request')} refused today` : ''}`,
      share,
    },
    {
      name: 'CPU time a request',
      limit: `${plan.limits.cpu_ms} ms`,
      use:
        over > 0 ? `${plural(over, 'request')} went beyond it in a day` : 'never beyond in a day',
    },
    {
      name: 'Subrequests a request',
      limit: countText(plan.limits.subrequests),
      use: 'counted with the CPU time',
    },
    {
      name: 'Live keys',
      limit: String(MAX_LIVE_KEYS),
      use: `${keys} of ${MAX_LIVE_KEYS}`,
      share: keys / MAX_LIVE_KEYS,
    },
  ];
}

function breakerText({ counts, errors }: TenantData): string {
  const openings = counts.all?.breaker_openings_count ?? 0;
  const refused = countOf(errors, 'circuit_open');
  if (openings === 0 && refused === 0) return 'Breakers: none opened, no request was held back.';
  const opened = `Breakers: opened ${plural(openings, 'time')} in its ledgers since onboarding`;
  return `${opened}; ${plural(refused, 'request')} refused with circuit_open in the last day, to spare its Worker.`;
}

function countOf(errors: TenantData['errors'], code: string): number {
  return errors.reduce((sum, group) => sum + (group.code === code ? group.count : 0), 0);
}
