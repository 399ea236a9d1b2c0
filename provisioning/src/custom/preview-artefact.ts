// The preview form of a Worker: its ledger classes over copies of a tenant's entities, with no way out
// and without the door to the platform. It is made from text alone, and uploads nothing.
import type { TenantArtefact } from '../tenant-artefact.ts';
import { artefactOf, customPath } from './compose.ts';
import { bindingOf, type DescribedClass, deployedNameOf } from './description.ts';
import type { WorkerManifest } from './manifest.ts';
import type { WorkerModule } from './modules.ts';
import { TEMPLATE_MODULE, type TemplateParts } from './template-parts.ts';

const NO_EGRESS_MODULE = 'z0/no-egress.js';
/** In the place of each secret: code that only looks whether it is there goes on. */
const NO_SECRET = 'preview';

/**
 * Evaluated before anything of the tenant's. Cloudflare leads what a Worker fetches past the outbound
 * Worker, but not what its Durable Objects fetch: so there is nothing left here to fetch with.
 */
const NO_EGRESS = `function closed() { throw new TypeError('Nothing leaves a preview.'); }
const close = (from, names) => {
  for (let at = from; at; at = Object.getPrototypeOf(at)) {
    for (const name of names) {
      if (Object.hasOwn(at, name)) Object.defineProperty(at, name, { value: closed, writable: false, configurable: false });
    }
  }
};
close(globalThis, ['fetch', 'WebSocket', 'EventSource']);
close(navigator, ['sendBeacon']);
close(globalThis.process ?? null, ['getBuiltinModule', 'binding']);
`;

/** Whether `parts` know previews: parts of an earlier release do not. */
export function canPreview({ modules }: TemplateParts): boolean {
  const template = modules.find(({ name }) => name === TEMPLATE_MODULE);
  return template?.content.includes('servePreview') ?? false;
}

/** The Worker that replays the entities of `tenantId` under the code that `classes` describe. */
export function previewArtefact(
  parts: TemplateParts,
  manifest: WorkerManifest,
  modules: readonly WorkerModule[],
  classes: readonly DescribedClass[],
  tenantId: string,
): TenantArtefact {
  const deployed = classes.flatMap((one) => {
    const as = deployedNameOf(one);
    return as === undefined ? [] : [{ ...one, as }];
  });
  const names = deployed.map(({ as }) => as).toSorted();
  const secrets = (manifest.secrets ?? []).map((name): [string, string] => [name, NO_SECRET]);
  const artefact = artefactOf(parts, modules, {
    main: mainText(manifest, deployed),
    vars: { ...Object.fromEntries(secrets), ...manifest.vars, TENANT_ID: tenantId },
    durable_objects: names.map((name) => ({ name: bindingOf(name), class_name: name })),
    migrations: [{ tag: 'v1', new_sqlite_classes: names }],
  });
  const type = 'application/javascript+module';
  return {
    ...artefact,
    modules: [...artefact.modules, { name: NO_EGRESS_MODULE, type, content: NO_EGRESS }],
  };
}

function mainText(
  manifest: WorkerManifest,
  deployed: readonly (DescribedClass & { readonly as: string })[],
): string {
  const exported = deployed.map(({ name, as, kind, from }) => {
    const wrap = kind === 'entity' ? 'previewed' : 'quiet';
    return `export class ${as} extends template.${wrap}(${from}.${name}) {}`;
  });
  const served = deployed
    .filter(({ kind }) => kind === 'entity')
    .map(({ name, from }) => `${name}: ${from}.${name}`);
  return [
    `import './${NO_EGRESS_MODULE}';`,
    `import * as template from './${TEMPLATE_MODULE}';`,
    `import * as custom from './${customPath(manifest.main_module)}';`,
    ...exported,
    `export default template.servePreview({ ${served.join(', ')} });`,
    '',
  ].join('\n');
}
