// What a tenant's plan allows beside what it uses, and what its breakers did. Shows; the dispatcher
// enforces the limits.
import { countSchedules } from '../../tenants/count-schedules.ts';
import type { Plan } from '../../tenants/plans.ts';
import { liveKeys, MAX_LIVE_KEYS } from '../../tenants/tenant-state.ts';
import { errorsHref } from '../errors/error-query.ts';
import { bytesText, countText, plural } from '../figure-text.ts';
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

function limitRows(data: TenantData): LimitRow[] {
  const { plan, tenant } = data;
  const keys = liveKeys(tenant).length;
  const own: LimitRow = {
    name: 'Live keys',
    limit: String(MAX_LIVE_KEYS),
    use: `${keys} of ${MAX_LIVE_KEYS}`,
    share: keys / MAX_LIVE_KEYS,
  };
  if (plan !== undefined) return [...requestRows(data, plan), ...heldRows(data, plan), own];
  const use = 'What the plan allows cannot be read right now.';
  return [{ name: `Plan ${tenant.plan}`, limit: '–', use }, own];
}

function requestRows({ minutes, hour, errors }: TenantData, plan: Plan): LimitRow[] {
  const from = new Date(hour.from).toISOString();
  const peak = Math.max(0, ...minutes.filter(({ start }) => start >= from).map((p) => p.requests));
  const over = countOf(errors, 'worker_over_limit');
  const refused = countOf(errors, 'rate_limited');
  const perPeriod = plan.rate.period_s === 60 ? 'a minute' : `per ${plan.rate.period_s} s`;
  return [
    {
      name: `Requests ${perPeriod}`,
      limit: countText(plan.rate.limit),
      use: `${percentText(peak, plan.rate.limit)}: ${countText(peak)} in its busiest minute of the hour${refused > 0 ? `; ${plural(refused, 'request')} refused today` : ''}`,
      share: peak / plan.rate.limit,
    },
    {
      name: 'CPU time a request',
      limit: `${countText(plan.limits.cpu_ms)} ms`,
      use:
        over > 0 ? `${plural(over, 'request')} went beyond it in a day` : 'never beyond in a day',
    },
    {
      name: 'Subrequests a request',
      limit: countText(plan.limits.subrequests),
      use: 'counted with the CPU time',
    },
  ];
}

/** What its ledgers hold by their own reports, and what its code declares. */
function heldRows({ counts, errors, versions }: TenantData, plan: Plan): LimitRow[] {
  const full = countOf(errors, 'limit_exceeded');
  const refused = full > 0 ? `; ${plural(full, 'request')} refused today` : '';
  const { preview } = plan;
  return [
    held('Entities', counts.all?.entities_count, plan.entities, countText, refused),
    held('Storage', counts.all?.storage_bytes, plan.storage_bytes, bytesText, refused),
    held('Schedules', versions && countSchedules(versions), plan.schedules, countText),
    {
      name: 'A preview',
      limit: countText(preview.facts),
      use: `facts, of at most ${plural(preview.entities, 'entity', 'entities')}`,
    },
  ];
}

function held(
  name: string,
  used: number | undefined,
  limit: number,
  text: (value: number) => string,
  more = '',
): LimitRow {
  if (used === undefined) return { name, limit: text(limit), use: 'not known' };
  const use = `${percentText(used, limit)}: ${text(used)}${used >= limit ? more : ''}`;
  return { name, limit: text(limit), use, ...(limit > 0 && { share: used / limit }) };
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
