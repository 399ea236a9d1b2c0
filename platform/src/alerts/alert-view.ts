// What the platform tells about alerts: the shapes of its answers. Types only; times are RFC 3339.

/** How bad it is: `bad` needs somebody now, `warn` can wait until the morning. */
export const SEVERITIES = ['warn', 'bad'] as const;

export type Severity = (typeof SEVERITIES)[number];

export interface Alert {
  /** Of the fact with which it fired. */
  readonly id: string;
  readonly rule: string;
  readonly severity: Severity;
  /** `null` when it concerns the platform itself. */
  readonly tenant_id: string | null;
  readonly state: 'firing' | 'resolved';
  /** A sentence that goes on after the tenant's name. */
  readonly text: string;
  /** As measured when it fired. */
  readonly value: number;
  readonly threshold: number;
  readonly fired_at: string;
  readonly resolved_at: string | null;
}

export interface AlertQuery {
  /** `firing`: those that are; `all`: the resolved ones as well. */
  readonly state: 'firing' | 'all';
  readonly tenantId?: string | undefined;
  readonly limit: number;
}
