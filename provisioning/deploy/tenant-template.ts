// Builds the tenant template twice from the same sources: as the one-module artefact that tenants
// without code of their own run, and as parts that a tenant's code is composed with. It uploads nothing.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { SDK_MODULE, TEMPLATE_MODULE, type TemplateParts } from '../src/custom/template-parts.ts';
import type { TenantArtefact } from '../src/tenant-artefact.ts';
import { bundleParts, bundleWorker } from './bundle-worker.ts';
import { readWranglerConfig } from './wrangler-config.ts';

export interface TenantTemplate {
  readonly artefact: TenantArtefact;
  readonly parts: TemplateParts;
}

const JS = 'application/javascript+module';

/** `configPath` is the template's wrangler.jsonc; both forms have one version. */
export async function buildTenantTemplate(configPath: string): Promise<TenantTemplate> {
  const config = readWranglerConfig(configPath);
  const entry = join(dirname(configPath), config.main);
  const sdk = createRequire(entry).resolve('@z0-app/sdk');
  const [content, split] = await Promise.all([
    bundleWorker(entry),
    bundleParts({
      [SDK_MODULE]: sdk,
      [TEMPLATE_MODULE]: join(dirname(entry), 'custom.ts'),
    }),
  ]);
  const settings = {
    compatibility_date: config.compatibility_date,
    compatibility_flags: config.compatibility_flags ?? [],
    durable_objects: config.durable_objects?.bindings ?? [],
    migrations: config.migrations ?? [],
  };
  const one = {
    main_module: 'index.js',
    modules: [{ name: 'index.js', type: JS, content }],
    ...settings,
  };
  const parts = {
    sdk_version: versionIn(join(dirname(sdk), '..', 'package.json')),
    modules: Array.from(split, ([name, text]) => ({ name, type: JS, content: text })),
    ...settings,
  };
  const hash = createHash('sha256')
    .update(JSON.stringify([one, parts]))
    .digest('hex');
  const version = hash.slice(0, 16);
  return { artefact: { version, ...one }, parts: { version, ...parts } };
}

function versionIn(packageJson: string): string {
  // The manifest of a package of ours.
  return (JSON.parse(readFileSync(packageJson, 'utf8')) as { version: string }).version;
}
