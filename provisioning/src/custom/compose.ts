// Puts a tenant's modules and the template's parts behind a generated main: in the form that is
// deployed, and in the form that only says what classes there would be. Pure; it checks nothing.
import { hash } from 'node:crypto';
import type { ArtefactModule, Migration, TenantArtefact } from '../tenant-artefact.ts';
import {
  bindingOf,
  type DescribedClass,
  deployedNameOf,
  TENANT_SYSTEM_LEDGER,
} from './description.ts';
import type { WorkerManifest } from './manifest.ts';
import { importsSdk, type WorkerModule } from './modules.ts';
import { SDK_MODULE, TEMPLATE_MODULE, type TemplateParts } from './template-parts.ts';

/** What a tenant's script has now; nothing when there is none. */
export interface DeployedClasses {
  readonly classes: readonly string[];
  /** Of its last migration. */
  readonly tag?: string | undefined;
}

const MAIN = 'index.js';
const FOLDER = 'custom';
const JS = 'application/javascript+module';

/** The throwaway form: it answers any request with a `Description`, and has no Durable Object. */
export function describeArtefact(
  parts: TemplateParts,
  manifest: WorkerManifest,
  modules: readonly WorkerModule[],
): TenantArtefact {
  // The template comes first, so that nothing of it runs after the tenant's code changed a global.
  const main = `import { describeCustom } from './${TEMPLATE_MODULE}';
import * as custom from './${customPath(manifest.main_module)}';
export default { fetch: () => Response.json(describeCustom(custom)) };
`;
  const vars = { TENANT_ID: 'check', ...manifest.vars };
  return artefactOf(parts, modules, { main, vars, durable_objects: [], migrations: [] });
}

/**
 * The deployed form. A class that is deployed, and neither in `classes` nor deleted by the manifest, is
 * kept with its data and served to nobody: so an older version can go live again. `name`, letters and
 * digits, is what it calls itself when the platform asks which code it is.
 */
export function composeArtefact(
  parts: TemplateParts,
  manifest: WorkerManifest,
  modules: readonly WorkerModule[],
  classes: readonly DescribedClass[],
  deployed: DeployedClasses,
  name?: string,
): TenantArtefact {
  const names = deployedNamesOf(parts, classes);
  const gone = (manifest.delete_classes ?? []).filter(
    (name) => deployed.classes.includes(name) && !names.includes(name),
  );
  const kept = deployed.classes.filter((name) => !names.includes(name) && !gone.includes(name));
  const all = [...names, ...kept].toSorted();
  return artefactOf(parts, modules, {
    main: mainText(manifest, classes, kept, { code: codeOf(parts, modules), name }),
    vars: manifest.vars ?? {},
    ...(manifest.queue === undefined ? {} : { queue: true }),
    durable_objects: all.map((name) => ({ name: bindingOf(name), class_name: name })),
    migrations: migrationsTo(all, gone, parts, deployed),
  });
}

/** Names of all classes that `classes` and the template's own make up, as deployed. */
export function deployedNamesOf(
  parts: Pick<TemplateParts, 'durable_objects'>,
  classes: readonly DescribedClass[],
): string[] {
  const own = classes.map(deployedNameOf).filter((name) => name !== undefined);
  const names = new Set([...own, ...parts.durable_objects.map((one) => one.class_name)]);
  return Array.from(names).toSorted();
}

function mainText(
  manifest: WorkerManifest,
  classes: readonly DescribedClass[],
  kept: readonly string[],
  { code, name: called }: { code: string; name: string | undefined },
): string {
  const custom = `'./${customPath(manifest.main_module)}'`;
  const template = `'./${TEMPLATE_MODULE}'`;
  const deployed = classes.filter(({ kind }) => kind !== 'other');
  const entities = deployed.filter(({ kind }) => kind === 'entity').map(({ name }) => name);
  const exported = deployed.map(({ name, kind, from }) => {
    if (kind === 'entity') {
      return `export class ${name} extends rebuiltBy(${from}.${name}, '${code}') {}`;
    }
    const as = kind === 'tenant_system' ? ` as ${TENANT_SYSTEM_LEDGER}` : '';
    const exportAs = name === TENANT_SYSTEM_LEDGER ? '' : as;
    return `export { ${name}${exportAs} } from ${from === 'custom' ? custom : template};`;
  });
  const served = deployed
    .filter(({ name }) => entities.includes(name))
    .map(({ name, from }) => `${name}: ${from}.${name}`);
  const last = called === undefined ? '' : `, '${called.replaceAll(/[^\w.-]/g, '')}'`;
  return [
    `import * as template from ${template};`,
    `import * as custom from ${custom};`,
    ...(kept.length === 0 ? [] : [`import { EntityLedger } from './${SDK_MODULE}';`]),
    // A version goes on with the template that it was checked with, and an older one has no such name.
    'const rebuiltBy = template.rebuiltBy ?? ((ledger) => ledger);',
    ...exported,
    ...kept.map((name) => `export class ${name} extends EntityLedger {}`),
    `export default template.serveCustom({ ${served.join(', ')} }, custom.default${last});`,
    '',
  ].join('\n');
}

/** Names all code that makes state: that of the tenant, and that of the template beneath it. */
function codeOf(parts: TemplateParts, modules: readonly WorkerModule[]): string {
  const own = modules.map(({ name, content }) => [name, content]);
  return hash('sha256', JSON.stringify([parts.version, own]), 'hex').slice(0, 16);
}

/** From what is deployed, whose tag stands first, to `names`. */
function migrationsTo(
  names: readonly string[],
  gone: readonly string[],
  parts: TemplateParts,
  deployed: DeployedClasses,
): Migration[] {
  const before = deployed.tag === undefined ? [] : [{ tag: deployed.tag }];
  const fresh = names.filter((name) => !deployed.classes.includes(name));
  if (fresh.length === 0 && gone.length === 0) return before;
  const step = {
    tag: nextTag(parts, deployed.tag),
    ...(fresh.length === 0 ? {} : { new_sqlite_classes: fresh }),
    ...(gone.length === 0 ? {} : { deleted_classes: gone }),
  };
  return [...before, step];
}

function nextTag(parts: TemplateParts, tag: string | undefined): string {
  const tags = [...parts.migrations.map((one) => one.tag), tag ?? ''];
  const last = Math.max(...tags.map((one) => Number(/^v(\d{1,9})$/.exec(one)?.[1] ?? 0)));
  return `v${last + 1}`;
}

/** `own` as the main module, in front of the template's parts and the tenant's modules. */
export function artefactOf(
  parts: TemplateParts,
  modules: readonly WorkerModule[],
  own: Pick<TenantArtefact, 'durable_objects' | 'migrations' | 'queue'> & {
    readonly main: string;
    readonly vars: Readonly<Record<string, string>>;
  },
): TenantArtefact {
  const { main, ...rest } = own;
  const body = {
    main_module: MAIN,
    modules: [
      { name: MAIN, type: JS, content: main },
      ...parts.modules,
      ...sdkModules(modules),
      ...modules.map(({ name, content }) => ({ name: customPath(name), type: JS, content })),
    ],
    compatibility_date: parts.compatibility_date,
    compatibility_flags: parts.compatibility_flags,
    template_version: parts.version,
    ...rest,
  };
  return { version: hash('sha256', JSON.stringify(body), 'hex').slice(0, 16), ...body };
}

/** The runtime looks a bare specifier up in the importing module's folder: there it is put. */
function sdkModules(modules: readonly WorkerModule[]): ArtefactModule[] {
  const importing = modules.filter(importsSdk).map(({ name }) => customPath(name));
  const folders = new Set(importing.map((path) => path.slice(0, path.lastIndexOf('/'))));
  return Array.from(folders, (folder) => {
    const up = '../'.repeat(folder.split('/').length + 1);
    const content = `export * from '${up}${SDK_MODULE}';\n`;
    return { name: `${folder}/@z0-app/sdk`, type: JS, content };
  });
}

export const customPath = (name: string): string => `${FOLDER}/${name}`;
