// How many schedules the code that is live declares, to be held against the plan. Pure.
import type { TenantVersions } from '../versions/version-state.ts';

/** None while the tenant runs the template as it is. */
export function countSchedules({ versions, active }: TenantVersions): number {
  const live = versions.find(({ id }) => id === active);
  const declared: unknown = live !== undefined && 'schedules' in live ? live.schedules : [];
  return Array.isArray(declared) ? declared.length : 0;
}
