// The checks that need to know what classes the code has: whether each is a ledger, and whether it can
// stand beside the template's and in place of what is deployed. Pure.
import {
  bindingOf,
  type DescribedClass,
  deployedNameOf,
  TENANT_SYSTEM_LEDGER,
} from './description.ts';
import { type Finding, inManifest, inModule } from './finding.ts';
import type { WorkerManifest } from './manifest.ts';

const CLASS_NAME = /^[A-Z][A-Za-z0-9]{0,50}Ledger$/;
const PREFIX = /^[a-z][a-z0-9-]{0,19}$/;
/** Of ids that are no entity's. */
const TAKEN_PREFIXES = new Set(['fct', 'cfg', 'tnt', 'key', 'ver']);
/** The SDK looks for a platform's ledger under the binding this would have. */
const TAKEN_NAMES = new Set(['PlatformSystemLedger']);

/** `deployed`: class names of the tenant's Worker as it is. All findings at once. */
export function checkClasses(
  described: readonly DescribedClass[],
  deployed: readonly string[],
  manifest: WorkerManifest,
): Finding[] {
  const place = { file: manifest.main_module };
  const custom = described.filter(({ from }) => from === 'custom');
  if (custom.length === 0) {
    const what =
      'It exports no ledger. Export a class, e.g. `export class InvoiceLedger extends EntityLedger`.';
    return [inModule('no_ledgers', place, what), ...checkRemoved(described, deployed, manifest)];
  }
  const found = [...custom.flatMap(checkClass), ...checkSystem(custom), ...checkClashes(described)];
  return [
    ...found.map(({ code, what }) => inModule(code, place, what)),
    ...checkRemoved(described, deployed, manifest),
  ];
}

interface Found {
  readonly code: 'not_a_ledger' | 'prefix_taken' | 'reserved_name';
  readonly what: string;
}

function checkClass({ name, kind, prefix }: DescribedClass): Found[] {
  if (kind === 'other') {
    const what = `${name} extends none of the SDK's ledgers. Write \`class ${name} extends EntityLedger\`, or do not export it from the main module.`;
    return [{ code: 'not_a_ledger', what }];
  }
  if (!CLASS_NAME.test(name)) {
    const what = `${name} is a ledger, so its name is letters and digits, begins with a capital and ends in Ledger, e.g. InvoiceLedger. Rename it, or do not export it from the main module.`;
    return [{ code: 'not_a_ledger', what }];
  }
  if (TAKEN_NAMES.has(name) || (name === TENANT_SYSTEM_LEDGER && kind !== 'tenant_system')) {
    const what = `${name} is a name of the platform's. Choose another${name === TENANT_SYSTEM_LEDGER ? `, or extend ${TENANT_SYSTEM_LEDGER}` : ''}.`;
    return [{ code: 'reserved_name', what }];
  }
  if (kind !== 'entity') return [];
  if (!PREFIX.test(prefix)) {
    const what = `${name} has the id prefix '${prefix}'. A prefix is 1 to 20 lower-case letters, digits and -, a letter first; set \`static readonly idPrefix\`.`;
    return [{ code: 'prefix_taken', what }];
  }
  if (!TAKEN_PREFIXES.has(prefix)) return [];
  const what = `${name} has the id prefix '${prefix}', which is the platform's; set another as \`static readonly idPrefix\`.`;
  return [{ code: 'prefix_taken', what }];
}

function checkSystem(custom: readonly DescribedClass[]): Found[] {
  const names = custom.filter(({ kind }) => kind === 'tenant_system').map(({ name }) => name);
  if (names.length < 2) return [];
  const what = `${names.join(' and ')} each extend ${TENANT_SYSTEM_LEDGER}, and a tenant has one. Export one of them.`;
  return [{ code: 'reserved_name', what }];
}

/** Two that would answer for the same ids, the same type, or under the same binding. */
function checkClashes(described: readonly DescribedClass[]): Found[] {
  const entities = described.filter(({ kind }) => kind === 'entity');
  const bound = described.filter((one) => deployedNameOf(one) !== undefined);
  const samePrefix = clashes(entities, ({ prefix }) => prefix).map(([prefix, names]) => ({
    code: 'prefix_taken' as const,
    what: `${names} have the same id prefix '${prefix}'; set another as \`static readonly idPrefix\`.`,
  }));
  const sameBinding = clashes(bound, (one) => bindingOf(deployedNameOf(one) ?? '')).map(
    ([binding, names]) => ({
      code: 'reserved_name' as const,
      what: `${names} would have the same binding ${binding}; rename one.`,
    }),
  );
  // Several TenantSystemLedgers are told of already.
  return [...samePrefix, ...sameBinding.filter(({ what }) => !what.includes(SYSTEM_BINDING))];
}

const SYSTEM_BINDING = bindingOf(TENANT_SYSTEM_LEDGER);

function clashes(
  classes: readonly DescribedClass[],
  keyOf: (one: DescribedClass) => string,
): [key: string, names: string][] {
  const groups = Map.groupBy(classes, keyOf);
  return Array.from(groups).flatMap(([key, group]): [string, string][] =>
    group.length < 2 ? [] : [[key, group.map(({ name }) => name).join(' and ')]],
  );
}

function checkRemoved(
  described: readonly DescribedClass[],
  deployed: readonly string[],
  manifest: WorkerManifest,
): Finding[] {
  const names = new Set(described.map(deployedNameOf));
  const deleted = manifest.delete_classes ?? [];
  const stay = deleted.flatMap((name, index) => {
    if (!names.has(name)) return [];
    const detail = `${name} is part of this version, so it can't be deleted with it. Stop exporting it, or take it off the list.`;
    return [inManifest('manifest_invalid', ['delete_classes', index], detail)];
  });
  const removed = deployed
    .filter((name) => !names.has(name) && !deleted.includes(name))
    .map((name) => {
      const detail = `${name} is deployed, with its entities, and this version has none. Export it again, or name it in delete_classes (z0 deploy --delete-class ${name}): then its entities are deleted with all their facts.`;
      return inManifest('class_removed', ['delete_classes'], detail);
    });
  return [...stay, ...removed];
}
