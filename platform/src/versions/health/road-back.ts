// Where to go back from what turned out to be beyond its budget: to what was live before, or nowhere. Pure.
import type { Activation, TenantVersions } from '../version-state.ts';

export type RoadBack =
  | { readonly goes: true; readonly to: string | null }
  /** `why` goes on after a colon. */
  | { readonly goes: false; readonly why: string };

/** Never back where somebody came back from, so that it does not go to and fro. */
export function roadBack(versions: TenantVersions, activation: Activation): RoadBack {
  const { from, to } = activation;
  const succeeded = versions.activations.filter(({ status }) => status === 'succeeded');
  const before = succeeded[succeeded.findIndex(({ id }) => id === activation.id) - 1];
  if (before !== undefined && before.to === from && before.from === to) {
    return { goes: false, why: 'it was gone back to, and going back is not undone' };
  }
  const status = before?.to === from ? before?.health?.status : undefined;
  if (status === 'failing' || status === 'rollback_failed') {
    return { goes: false, why: 'what was live before was beyond its budget as well' };
  }
  if (from !== null && !versions.versions.some(({ id }) => id === from)) {
    return { goes: false, why: 'what was live before is not kept any more' };
  }
  return { goes: true, to: from };
}
