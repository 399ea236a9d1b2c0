// The tenants that made the most of the last hour, and whose share is too large.

import { percentileMs } from '../../stats/percentile.ts';
import type { TenantSpan } from '../../stats/shard-overview.ts';
import { countText, shareText } from '../figure-text.ts';
import { msText } from './big-figures.tsx';
import { hoursOf, noiseOf, type OverviewData, TOP } from './overview-data.ts';
import { percentText } from './percent-text.ts';
import { sumRequests } from './request-sums.ts';

export function TopTenants(props: { data: OverviewData }) {
  const { data } = props;
  const { last } = hoursOf(data);
  const totals = {
    requests: sumRequests(last.requests).requests,
    facts: last.facts.reduce((sum, point) => sum + point.facts, 0),
  };
  const noisy = new Set(noiseOf(data).map(({ tenantId }) => tenantId));
  const spans = (data.platform?.top ?? [])
    .filter(({ tenant_id }) => tenant_id !== '')
    .toSorted((a, b) => weight(b, totals) - weight(a, totals))
    .slice(0, TOP)
    .toSorted((a, b) => b.requests.requests - a.requests.requests);
  return (
    <section>
      <h2>
        Made the most <span class="count">in the last hour</span>
      </h2>
      {spans.length === 0 ? (
        <p class="quiet">
          No tenant has asked or written anything in the last hour. A request shows up here within
          ten seconds, what it wrote within about two minutes.
        </p>
      ) : (
        <table class="ranks" data-rows>
          <thead>
            <tr>
              <th scope="col">Tenant</th>
              <th scope="col" class="amount">
                Requests
              </th>
              <th scope="col" class="amount wide">
                Share
              </th>
              <th scope="col" class="amount">
                Failed
              </th>
              <th scope="col" class="amount wide">
                p95
              </th>
              <th scope="col" class="amount">
                Facts
              </th>
              <th scope="col" class="amount wide">
                Share
              </th>
            </tr>
          </thead>
          <tbody>
            {spans.map((span) => (
              <Row
                span={span}
                name={data.names.get(span.tenant_id) ?? span.tenant_id}
                totals={totals}
                noisy={noisy.has(span.tenant_id)}
              />
            ))}
          </tbody>
        </table>
      )}
      <p class="more">
        <a href="/dashboard/tenants?sort=requests">All tenants, by requests</a>
        <a href="/dashboard/tenants?sort=error_share">By error share</a>
      </p>
    </section>
  );
}

interface Totals {
  readonly requests: number;
  readonly facts: number;
}

function Row(props: { span: TenantSpan; name: string; totals: Totals; noisy: boolean }) {
  const { counts, requests, tenant_id } = props.span;
  return (
    <tr>
      <td>
        <a class="name" href={`/dashboard/tenants/${encodeURIComponent(tenant_id)}`}>
          {props.name}
        </a>
        {props.noisy && <span class="flag">noisy neighbour</span>}
        <span class="id">{tenant_id}</span>
      </td>
      <td class="amount">{countText(requests.requests)}</td>
      <td class="amount wide">{shareText(requests.requests, props.totals.requests)}</td>
      <td class={requests.errors > 0 ? 'amount bad' : 'amount'}>
        {percentText(requests.errors, requests.requests)}
      </td>
      <td class="amount wide">{msText(percentileMs(requests.latency, 0.95))}</td>
      <td class="amount">{countText(counts.facts)}</td>
      <td class="amount wide">{shareText(counts.facts, props.totals.facts)}</td>
    </tr>
  );
}

/** The larger of its two shares. */
function weight({ counts, requests }: TenantSpan, totals: Totals): number {
  return Math.max(
    requests.requests / Math.max(1, totals.requests),
    counts.facts / Math.max(1, totals.facts),
  );
}
