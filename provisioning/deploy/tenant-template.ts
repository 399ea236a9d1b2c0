// Builds the tenant template into an artefact: one bundled module, with the classes and migrations
// that its wrangler.jsonc declares. It uploads nothing.
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { TenantArtefact } from '../src/tenant-artefact.ts';
import { bundleWorker } from './bundle-worker.ts';
import { readWranglerConfig } from './wrangler-config.ts';

/** `configPath` is the template's wrangler.jsonc. */
export async function buildTenantArtefact(configPath: string): Promise<TenantArtefact> {
  const config = readWranglerConfig(configPath);
  const content = await bundleWorker(join(dirname(configPath), config.main));
  const body = {
    main_module: 'index.js',
    modules: [{ name: 'index.js', type: 'application/javascript+module', content }],
    compatibility_date: config.compatibility_date,
    compatibility_flags: config.compatibility_flags ?? [],
    durable_objects: config.durable_objects?.bindings ?? [],
    migrations: config.migrations ?? [],
  };
  const hash = createHash('sha256').update(JSON.stringify(body)).digest('hex');
  return { version: hash.slice(0, 16), ...body };
}
