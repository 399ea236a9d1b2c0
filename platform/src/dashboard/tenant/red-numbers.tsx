// Rate, errors and duration of a tenant as the dispatcher saw them in the last hour, and beside them
// what the tenant's ledgers claim.
import { percentileMs } from '../../stats/percentile.ts';
import type { TenantStats } from '../../stats/stats-view.ts';
import { countText } from '../figure-text.ts';
import { type Figure, Figures } from '../figures.tsx';
import { msText } from '../overview/big-figures.tsx';
import { percentText } from '../overview/percent-text.ts';
import { sumRequests } from '../overview/request-sums.ts';
import { comparedRows } from './red-comparison.ts';
import type { TenantData } from './tenant-data.ts';

export function RedNumbers(props: { data: TenantData }) {
  const { counts } = props.data;
  return (
    <>
      <section>
        <h2>
          Seen by the dispatcher <span class="count">in the last hour</span>
        </h2>
        <Figures figures={redFigures(props.data)} />
        {counts.lastHour !== undefined && <Comparison stats={counts.lastHour} />}
      </section>
    </>
  );
}

/** Rate, errors, duration; each beside the hour before. */
export function redFigures({ minutes, hour }: Pick<TenantData, 'minutes' | 'hour'>): Figure[] {
  const from = new Date(hour.from).toISOString();
  const now = sumRequests(minutes.filter(({ start }) => start >= from));
  const before = sumRequests(minutes.filter(({ start }) => start < from));
  const had = (text: string): string => `hour before: ${before.requests === 0 ? 'nothing' : text}`;
  const at = (share: number, { latency }: typeof now): string =>
    msText(percentileMs(latency, share));
  return [
    {
      name: 'Requests',
      value: countText(now.requests),
      note: had(countText(before.requests)),
    },
    {
      name: 'Failed, 5xx',
      value: percentText(now.errors, now.requests),
      note: had(percentText(before.errors, before.requests)),
    },
    {
      name: 'Refused, 4xx',
      value: percentText(now.refusals, now.requests),
      note: had(percentText(before.refusals, before.requests)),
    },
    { name: 'Half answered within', value: at(0.5, now), note: had(at(0.5, before)) },
    { name: 'p95', value: at(0.95, now), note: had(at(0.95, before)) },
    { name: 'p99', value: at(0.99, now), note: had(at(0.99, before)) },
  ];
}

function Comparison(props: { stats: TenantStats }) {
  return (
    <table class="compared">
      <thead>
        <tr>
          <th scope="col">
            <span class="quiet">Last hour</span>
          </th>
          <th scope="col" class="amount">
            Dispatcher saw
          </th>
          <th scope="col" class="amount">
            Ledgers claim
          </th>
          <th scope="col">The difference</th>
        </tr>
      </thead>
      <tbody>
        {comparedRows(props.stats).map((row) => (
          <tr>
            <th scope="row">{row.name}</th>
            <td class="amount">
              {countText(row.seen)} <span class="unit">{row.seenAs}</span>
            </td>
            <td class="amount">
              {countText(row.claimed)} <span class="unit">{row.claimedAs}</span>
            </td>
            <td class={row.isOdd ? 'difference odd' : 'difference'}>{row.text}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
