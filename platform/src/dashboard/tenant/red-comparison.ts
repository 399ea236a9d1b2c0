// What the dispatcher saw of a tenant beside what the tenant's ledgers claim, with the difference in
// words. Pure. Neither is wrong by itself: each row says what may lie between the two.
import type { TenantStats } from '../../stats/stats-view.ts';
import { countText } from '../figure-text.ts';

export interface ComparedRow {
  readonly name: string;
  readonly seen: number;
  readonly seenAs: string;
  readonly claimed: number;
  readonly claimedAs: string;
  readonly text: string;
  /** Worth a look: what lies between the two has no harmless reason. */
  readonly isOdd: boolean;
}

/** A report covers a minute and takes a while to come. */
const LAG_TEXT = 'Reports come about once a minute, so the latest writes are not in it yet.';

/** Of one span of time. */
export function comparedRows(stats: TenantStats): ComparedRow[] {
  const { dispatcher } = stats;
  return [
    {
      name: 'Written',
      seen: dispatcher.writes_count,
      seenAs: 'writes answered 2xx',
      claimed: stats.facts_count,
      claimedAs: 'facts appended',
      ...writes(dispatcher.writes_count, stats.facts_count),
    },
    {
      name: 'Refused',
      seen: dispatcher.refusals_count,
      seenAs: 'answers 4xx',
      claimed: stats.refusals_count,
      claimedAs: 'refusals by ledgers',
      ...refusals(dispatcher.refusals_count, stats.refusals_count),
    },
    {
      name: 'Failed',
      seen: dispatcher.errors_count,
      seenAs: 'answers 5xx',
      claimed: stats.errors_count,
      claimedAs: 'errors in its code',
      ...failures(dispatcher.errors_count, stats.errors_count),
    },
  ];
}

type Words = Pick<ComparedRow, 'text' | 'isOdd'>;

function writes(seen: number, claimed: number): Words {
  if (seen === claimed) return same(seen);
  const difference = countText(Math.abs(seen - claimed));
  if (claimed > seen) {
    const text = `${difference} more facts than writes: a batch, a new entity or a ledger’s own code writes several at once.`;
    return { text, isOdd: false };
  }
  const text = `${difference} fewer facts than writes: repeats with the same key append nothing. ${LAG_TEXT}`;
  // Half of all writes being repeats or in flight is not usual.
  return { text, isOdd: seen > 10 && claimed * 2 < seen };
}

function refusals(seen: number, claimed: number): Words {
  if (seen === claimed) return same(seen);
  const difference = countText(Math.abs(seen - claimed));
  if (seen > claimed) {
    const text = `${difference} were refused by no rule of a ledger: tokens, limits, unknown ids, bodies.`;
    return { text, isOdd: false };
  }
  const text = `${difference} more than callers saw: ledgers refused each other, or facts within a batch.`;
  return { text, isOdd: false };
}

function failures(seen: number, claimed: number): Words {
  if (seen === claimed) return same(seen);
  const difference = countText(Math.abs(seen - claimed));
  if (seen > claimed) {
    const text = `${difference} failed outside the ledgers’ own code: its Worker, its limits, or the platform.`;
    return { text, isOdd: true };
  }
  const text = `${difference} more than callers saw: code that runs after a write is answered.`;
  return { text, isOdd: claimed > 0 };
}

function same(count: number): Words {
  return { text: count === 0 ? 'None on either side.' : 'Both say the same.', isOdd: false };
}
