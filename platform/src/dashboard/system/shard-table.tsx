// The shards of the system ledger as a table: who answers, and whether the load is even.
import type { ShardHealth } from '../../stats/request-view.ts';
import { agoText, bytesText, countText } from '../figure-text.ts';
import { Status } from '../page-layout.tsx';

export function ShardTable(props: { shards: readonly ShardHealth[]; now: number }) {
  const most = Math.max(1, ...props.shards.map(({ reports }) => reports));
  return (
    <table class="shards">
      <thead>
        <tr>
          <th scope="col">Shard</th>
          <th scope="col">Answers</th>
          <th scope="col" class="amount">
            Tenants
          </th>
          <th scope="col" class="amount">
            Reports
          </th>
          <th scope="col" class="wide">
            Load
          </th>
          <th scope="col" class="amount wide">
            Late
          </th>
          <th scope="col" class="amount">
            Gaps
          </th>
          <th scope="col" class="amount wide">
            Size
          </th>
          <th scope="col" class="amount wide">
            Last report
          </th>
        </tr>
      </thead>
      <tbody>
        {props.shards.map((shard) => (
          <tr>
            <td>
              <code>{shard.name}</code>
            </td>
            <td>
              <Status of={shard.available ? 'live' : 'failed'} />
            </td>
            <td class="amount">{countText(shard.tenants)}</td>
            <td class="amount">{countText(shard.reports)}</td>
            <td class="wide">
              <meter
                min={0}
                max={most}
                value={shard.reports}
                aria-label={`Load of ${shard.name}`}
              />
            </td>
            <td class="amount wide">{countText(shard.late)}</td>
            <td class={shard.gaps > 0 ? 'amount warn' : 'amount'}>{countText(shard.gaps)}</td>
            <td class="amount wide">{bytesText(shard.storage_bytes)}</td>
            <td class="amount wide">{agoText(shard.last_end, props.now)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The shard with the most reports against the mean, in words. */
export function loadText(shards: readonly ShardHealth[]): string {
  const reports = shards.map((shard) => shard.reports);
  const total = reports.reduce((sum, count) => sum + count, 0);
  if (total === 0) return 'Nothing was reported yet, so there is no load to compare.';
  const tenants = shards.reduce((sum, shard) => sum + shard.tenants, 0);
  if (tenants < shards.length * 2) {
    return 'Tenants are spread by a hash of their id; with so few, an uneven load says nothing.';
  }
  const mean = total / shards.length;
  const ratio = Math.max(...reports) / mean;
  const text = `The busiest shard has ${ratio.toFixed(1)} times the mean.`;
  return ratio > 4
    ? `${text} A tenant never moves: look which tenant makes its reports, and slow that one down.`
    : `${text} Tenants are spread by a hash of their id; there is nothing to do.`;
}
