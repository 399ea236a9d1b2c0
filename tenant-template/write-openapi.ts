// Writes src/openapi.json anew from the route table: `node tenant-template/write-openapi.ts`, after a
// route or a schema has changed. A test fails until it has been run.
/// <reference types="node" />
import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';

// Routes import ledgers, and those the runtime's own module, which Node lacks. Nothing here runs them.
const RUNTIME = 'data:text/javascript,export class DurableObject {}';

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'cloudflare:workers'
      ? { url: RUNTIME, shortCircuit: true }
      : next(specifier, context),
});

const { openApiDocument } = await import('./openapi-document.ts');
const { ROUTES } = await import('./src/routes/route-table.ts');
const path = join(import.meta.dirname, 'src/openapi.json');
writeFileSync(path, `${JSON.stringify(openApiDocument(ROUTES), null, 2)}\n`);
