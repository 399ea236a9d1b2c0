// What becomes of data when a version, or the template alone, becomes live: what is gone for good, and
// what stays without anyone being served from it. Pure; it reads what the ledger recorded.
import type { Activation, TenantVersions, WorkerVersion } from './version-state.ts';

/**
 * What going back cannot bring back, of what `activation` did and of what was done before it. `null` is
 * the template alone.
 */
export function cannotUndo(
  versions: TenantVersions,
  version: WorkerVersion | null,
  activation: Activation | null,
): string[] {
  if (version === null) return goneWithoutCode(versions, activation);
  const isFirst = version.activated_at === null || version.activated_at === activation?.ended_at;
  const deleted = isFirst ? version.delete_classes : [];
  const before = activation?.started_at ?? version.activated_at ?? version.created_at;
  const gone = versions.deletions.filter(
    ({ name, at }) =>
      version.created_at <= at && at <= before && version.classes.some((one) => one.name === name),
  );
  return [
    ...deleted.map((name) => `The data of ${name} is deleted; no version brings it back.`),
    ...gone.map(
      ({ name, version_id, at }) =>
        `The data of ${name} was deleted by ${version_id} at ${at}; ${name} starts empty.`,
    ),
  ];
}

/** The same of a version as it stands: of a live one what it did, of others what making it live would. */
export function cannotUndoNow(versions: TenantVersions, version: WorkerVersion): string[] {
  const { activations, active, deletions } = versions;
  if (version.id === active) {
    const made = activations.findLast(({ to, status }) => to === active && status === 'succeeded');
    return cannotUndo(versions, version, made ?? null);
  }
  const pending = version.activated_at === null ? version.delete_classes : [];
  const gone = deletions.filter(
    ({ name, at }) => version.created_at <= at && version.classes.some((one) => one.name === name),
  );
  return [
    ...pending.map((name) => `Making it live deletes the data of ${name} for good.`),
    ...gone.map(
      ({ name, version_id, at }) =>
        `The data of ${name} was deleted by ${version_id} at ${at}; ${name} starts empty.`,
    ),
  ];
}

/** All that was deleted since the tenant last ran without code of its own. */
function goneWithoutCode(versions: TenantVersions, activation: Activation | null): string[] {
  const earlier = versions.activations.findLast(
    ({ id, to, status }) => id !== activation?.id && to === null && status === 'succeeded',
  );
  const since = earlier?.ended_at ?? '';
  return versions.deletions
    .filter(({ at }) => at > since)
    .map(
      ({ name, version_id, at }) =>
        `The data of ${name} was deleted by ${version_id} at ${at}; no version brings it back.`,
    );
}

/**
 * Classes that are deployed, with their data, and served to nobody while `live` is live: those that
 * versions brought, none deleted since, and the template (`template`: its classes) has none of.
 */
export function keptClasses(
  versions: TenantVersions,
  live: WorkerVersion | null,
  template: readonly string[],
): string[] {
  const served = new Set([...template, ...(live === null ? [] : ownClasses(live))]);
  return brought(versions)
    .map(({ name }) => name)
    .filter((name) => !served.has(name))
    .toSorted();
}

/** The id prefixes that entities may have: of classes as they were last live, none deleted since. */
export function livePrefixes(versions: TenantVersions): { name: string; prefix: string }[] {
  return brought(versions).filter(({ prefix }) => prefix !== '');
}

interface Brought {
  readonly name: string;
  readonly prefix: string;
  /** When a version with it last became live. */
  readonly last: string;
}

/** What versions brought, each class as it was last live, without those deleted since. */
function brought(versions: TenantVersions): Brought[] {
  const found = new Map<string, Brought>();
  for (const version of versions.versions) {
    const last = lastLive(versions, version);
    if (last === undefined) continue;
    for (const { name, prefix } of classesOf(version)) {
      if ((found.get(name)?.last ?? '') < last) found.set(name, { name, prefix, last });
    }
  }
  const { deletions } = versions;
  return Array.from(found.values()).filter(
    ({ name, last }) => !deletions.some((one) => one.name === name && one.at >= last),
  );
}

/** When it last became live; `undefined` when it never did. */
function lastLive({ activations }: TenantVersions, version: WorkerVersion): string | undefined {
  const last = activations.findLast(
    ({ to, status }) => to === version.id && status === 'succeeded',
  );
  return last?.ended_at ?? version.activated_at ?? undefined;
}

function ownClasses(version: WorkerVersion): string[] {
  return classesOf(version).map(({ name }) => name);
}

/** Of the tenant's own; its TenantSystemLedger only takes the place of one that is always there. */
function classesOf({ classes }: WorkerVersion): WorkerVersion['classes'] {
  return classes.filter(
    ({ from, kind }) => from === 'custom' && kind !== 'other' && kind !== 'tenant_system',
  );
}
