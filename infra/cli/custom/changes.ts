// What a version would change of the ledgers that are live: classes added, replaced, removed. Pure; it
// compares names, and never says whether a class's code differs.
import type { VersionClass } from './versions.ts';

export interface ClassChanges {
  readonly added: readonly VersionClass[];
  readonly replaced: readonly VersionClass[];
  readonly removed: readonly VersionClass[];
}

/** `live` is what the active version has; none of it when there is no such version. */
export function changesBetween(
  live: readonly VersionClass[],
  next: readonly VersionClass[],
): ClassChanges {
  const liveNames = new Set(live.map(({ name }) => name));
  const nextNames = new Set(next.map(({ name }) => name));
  return {
    added: next.filter(({ name }) => !liveNames.has(name)),
    replaced: next.filter(({ name }) => liveNames.has(name)),
    removed: live.filter(({ name }) => !nextNames.has(name)),
  };
}

export interface ToldChanges {
  /** Classes whose facts go too. */
  readonly deleted: readonly string[];
  /** Names of the classes that every tenant has. */
  readonly template: readonly string[];
}

/** One line a class, for a person. */
export function changeLines(changes: ClassChanges, told: ToldChanges): string[] {
  const { added, replaced, removed } = changes;
  return [
    ...added.map((entry) => `+ ${nameOf(entry)}: ${addedText(entry, told)}`),
    ...replaced.map((entry) => `~ ${nameOf(entry)}: code replaced, facts stay`),
    ...removed.map((entry) => `- ${nameOf(entry)}: ${removedText(entry, told)}`),
  ];
}

function addedText({ name }: VersionClass, { template }: ToldChanges): string {
  return template.includes(name) ? 'in place of the template’s, facts stay' : 'added';
}

function removedText({ name }: VersionClass, { deleted, template }: ToldChanges): string {
  if (template.includes(name)) return 'the template’s code again, facts stay';
  if (deleted.includes(name)) return 'removed with all of its facts';
  return 'not served any more, facts are kept';
}

function nameOf({ name, type, prefix }: VersionClass): string {
  return type === '' ? name : `${name} (${type}, ids ${prefix}_…)`;
}
