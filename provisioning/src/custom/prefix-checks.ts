// Whether classes that were live before still answer for the same entity ids: a ledger is found by the
// prefix of its id, so another prefix would leave its entities behind. Pure.
import type { DescribedClass } from './description.ts';
import { type Finding, inModule } from './finding.ts';
import type { WorkerManifest } from './manifest.ts';

/** A class as it was last live, with its data still there. */
export interface DeployedPrefix {
  readonly name: string;
  readonly prefix: string;
}

/** `before`: of classes that may have entities. All findings at once. */
export function checkPrefixes(
  described: readonly DescribedClass[],
  before: readonly DeployedPrefix[],
  manifest: WorkerManifest,
): Finding[] {
  const was = new Map(before.map(({ name, prefix }) => [name, prefix]));
  return described.flatMap(({ name, kind, prefix }) => {
    const old = was.get(name);
    if (kind !== 'entity' || old === undefined || old === prefix) return [];
    const what = `${name} had the id prefix '${old}' when it was live, and its entities are found by it; '${prefix}' would leave them behind. Set \`static readonly idPrefix = '${old}'\`, or give the new class another name.`;
    return [inModule('prefix_changed', { file: manifest.main_module }, what)];
  });
}
