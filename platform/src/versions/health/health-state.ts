// What is known of the health of what became live: that it is watched, and how that ended. Pure; how it
// is judged is told by `judge-health.ts`.

/** Who rolls back, in facts and in the audit. */
export const HEALTH_GATE = 'health-gate';

export type HealthStatus =
  | 'watching'
  /** Within the budget until the end. */
  | 'passed'
  /** Beyond it: what was live before is being made live again, is live again, or could not be. */
  | 'rolling_back'
  | 'rolled_back'
  | 'rollback_failed'
  /** Beyond it, and left live: the text says why. */
  | 'failing'
  /** Something else became live before that was decided. */
  | 'superseded';

export type Health = {
  status: HealthStatus;
  /** Counted from, and judged until. Times are RFC 3339. */
  since: string;
  until: string;
  /** How often it is looked at. */
  check_seconds: number;
  /** Why it ended as it did, in words that go on after a colon; `null` while nothing is wrong. */
  text: string | null;
  ended_at: string | null;
};

export const HEALTH_STATUSES = [
  'watching',
  'passed',
  'rolling_back',
  'rolled_back',
  'rollback_failed',
  'failing',
  'superseded',
] as const satisfies readonly HealthStatus[];

/** Beyond the budget, whatever became of it. */
export function isIll({ status }: Health): boolean {
  return ['rolling_back', 'rolled_back', 'rollback_failed', 'failing'].includes(status);
}

/** Beyond the budget, and live all the same. */
export function isLeftLive({ status }: Health): boolean {
  return status === 'rollback_failed' || status === 'failing';
}

/** For a person: `rolled back by the health gate: error share 31 % of 260 requests, before 0.4 %`. */
export function healthText({ status, text, until }: Health): string {
  const cause = text === null ? '' : `: ${text}`;
  switch (status) {
    case 'watching':
      return `watched by the health gate until ${until.slice(0, 16).replace('T', ' ')} UTC`;
    case 'passed':
      return 'passed the health gate';
    case 'rolling_back':
      return `being rolled back by the health gate${cause}`;
    case 'rolled_back':
      return `rolled back by the health gate${cause}`;
    case 'rollback_failed':
      return `the health gate could not roll it back${cause}`;
    case 'failing':
      return `beyond its budget, and not rolled back${cause}`;
    case 'superseded':
      return 'replaced before the health gate was done';
    default:
      return status satisfies never;
  }
}
