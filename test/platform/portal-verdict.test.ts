// "Is it me or you?": whose side each kind of trouble is put on.
import { describe, expect, it } from 'vitest';
import { portalVerdict } from '../../platform/src/portal/overview/portal-verdict.ts';
import type { ErrorGroup, RequestCounts } from '../../platform/src/stats/request-view.ts';
import { toTenantStats } from '../../platform/src/stats/to-stats-view.ts';

const quiet: RequestCounts = { requests: 0, writes: 0, refusals: 0, errors: 0, latency: [] };

function group(code: string, count: number, status = 500): ErrorGroup {
  const at = new Date(0).toISOString();
  return { tenant_id: 'acme', code, route: '/v1/facts', status, count, last_at: at };
}

const busy = (counts: Partial<RequestCounts>): RequestCounts => {
  return { ...quiet, requests: 1_000, latency: [0, 0, 1_000], ...counts };
};

describe('the verdict', () => {
  it.each<[string, RequestCounts | undefined, ErrorGroup[] | undefined, string]>([
    ['what cannot be counted', undefined, [], 'bad Cannot say: .*That is us'],
    ['groups that cannot be read', quiet, undefined, 'bad Cannot say'],
    ['silence', quiet, [], 'good Neither: there was no request'],
    ['all well', busy({}), [], 'good Neither: 1,000 requests.*95 % of them within 25 ms'],
    [
      'their Worker',
      busy({ errors: 4 }),
      [group('worker_failed', 3), group('http_500', 1)],
      'bad Most likely you: 4 of 1,000 requests.*worker_failed at /v1/facts',
    ],
    ['our route', busy({ errors: 4 }), [group('worker_missing', 4)], 'bad It is us: 4 of 1,000'],
    [
      'both, ours more',
      busy({ errors: 4 }),
      [group('not_ready', 3), group('internal', 1)],
      'bad It is us: 3 of',
    ],
    [
      'both, theirs more',
      busy({ errors: 4 }),
      [group('internal', 3), group('not_ready', 1)],
      'bad Most likely you: 3 of.*internal',
    ],
    [
      'a rate',
      busy({ refusals: 2 }),
      [group('rate_limited', 2, 429)],
      'warn Your callers: 2 requests',
    ],
    [
      'a plan that is used up',
      busy({ refusals: 3 }),
      [group('limit_exceeded', 3, 403)],
      'warn Your plan: 3 requests .* see Limits',
    ],
    ['usual refusals', busy({ refusals: 50 }), [group('not_found', 50, 404)], 'good Neither'],
    [
      'many refusals',
      busy({ refusals: 500 }),
      [group('not_found', 500, 404)],
      'warn Most likely your callers: 50 %.*not_found',
    ],
  ])('on %s', (_, requests, groups, said) => {
    const { level, text } = portalVerdict({ requests, groups, reported: undefined });
    expect(`${level} ${text}`).toMatch(new RegExp(said, 'u'));
  });

  it('on errors that only the ledgers reported is theirs', () => {
    const reported = { ...toTenantStats('acme', undefined), errors_count: 2 };
    const { level, text } = portalVerdict({ requests: busy({}), groups: [], reported });
    expect(`${level} ${text}`).toMatch(
      /^warn Most likely you: your ledgers' own code had 2 errors/u,
    );
  });
});
