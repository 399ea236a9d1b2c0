// A tenant's schedules, runs and dead letters as the platform's API answers them. Reads, starts and
// redrives; decides nothing.
import type { Session } from '../context.ts';
import { objectOf } from '../platform-client.ts';

/** A line of one of the lists: what commands print of it, and the whole of it. */
export type Row = Readonly<Record<string, unknown>>;

export type RunList = 'schedules' | 'runs' | 'dead-letters';

export async function listRuns(
  session: Session,
  tenant: string,
  what: RunList,
  schedule?: string,
): Promise<Row[]> {
  const query = schedule === undefined ? '' : `?schedule=${encodeURIComponent(schedule)}`;
  const { data } = objectOf((await session.operator('GET', pathOf(tenant, what) + query)).body);
  return Array.isArray(data) ? data.map(objectOf) : [];
}

/** Starts a run of the schedule now. */
export async function runNow(session: Session, tenant: string, schedule: string): Promise<Row> {
  const path = `${pathOf(tenant, 'schedules')}/${encodeURIComponent(schedule)}/run`;
  return objectOf((await session.operator('POST', path)).body);
}

export async function redrive(session: Session, tenant: string, letter: string): Promise<Row> {
  const path = `${pathOf(tenant, 'dead-letters')}/${encodeURIComponent(letter)}/redrive`;
  return objectOf((await session.operator('POST', path)).body);
}

const pathOf = (tenant: string, what: RunList): string =>
  `/v1/tenants/${encodeURIComponent(tenant)}/${what}`;
