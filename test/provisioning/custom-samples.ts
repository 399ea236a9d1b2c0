// The samples of the SDK's documentation, as a developer copies them: what customers will upload first
// must work unchanged.
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import {
  buildTenantTemplate,
  type TenantTemplate,
} from '../../provisioning/deploy/tenant-template.ts';
import {
  parseTemplateParts,
  parseTenantArtefact,
  type WorkerManifest,
  type WorkerModule,
} from '../../provisioning/src/index.ts';

// The names in these texts are types alone here; nothing checks them.
export const SAMPLES: Readonly<Record<string, string>> = {
  'account.ts': `
import { EntityLedger, LedgerOptions } from '@z0-app/sdk';
interface TenantEnv extends TenantSystemLedgerEnv {
  TENANT_SYSTEM_LEDGER: DurableObjectNamespace;
  TENANT_ID: string;
}
export class AccountLedger extends EntityLedger<TenantEnv> {
  constructor(ctx: DurableObjectState, env: TenantEnv) {
    const options: LedgerOptions = {
      // Point to TenantSystemLedger instead of SystemLedger
      observabilityStub: env.TENANT_SYSTEM_LEDGER.get(
        env.TENANT_SYSTEM_LEDGER.idFromName(env.TENANT_ID)
      ),
    };
    super(ctx, env, options);
  }
}`,
  'project.ts': `
import { EntityLedger, Fact } from '@z0-app/sdk';
export class ProjectLedger extends EntityLedger<Env> {
  protected async onChildFact(childId: string, fact: Fact): Promise<void> {
    if (fact.type === 'asset' && fact.subtype === 'processed') {
      // Aggregate asset processing into project metrics
      await this.appendFact({
        type: 'project',
        subtype: 'asset_rollup',
        data: {
          asset_id: childId,
          processing_time_ms: fact.data.duration_ms
        }
      });
    }
  }
}`,
  'tenant-system.ts': `
import { TenantSystemLedger, TenantSystemLedgerEnv } from '@z0-app/sdk';
export class MyTenantSystemLedger extends TenantSystemLedger {
  constructor(ctx: DurableObjectState, env: TenantSystemLedgerEnv) {
    super(ctx, env, {
      aggregationIntervalMs: 60_000 // Flush every minute (default)
    });
  }
}`,
};

/** Not of the documentation: a child of a project, so that `onChildFact` hears of something. */
export const ASSET = `
import { EntityLedger, ledgerOf, parentLedger } from '@z0-app/sdk';
export class AssetLedger extends EntityLedger {
  constructor(ctx, env) {
    const stubOf = (id) => ledgerOf(env.PROJECT_LEDGER, 'project_' + id);
    super(ctx, env, { parent: parentLedger({ stubOf }) });
  }
}`;

export const MANIFEST: WorkerManifest = { main_module: 'ledgers.js' };

/** The documentation's samples in folders of their own, exported by `ledgers.js`, and `more` beside them. */
export async function samples(
  more: Readonly<Record<string, string>> = {},
): Promise<WorkerModule[]> {
  const modules = Object.entries(SAMPLES).map(async ([file, text]) => {
    const { code } = await transform(text, { loader: 'ts' });
    return { name: `seeds/${file.replace('.ts', '.js')}`, content: code };
  });
  const names = Object.keys(SAMPLES).map((file) => file.replace('.ts', '.js'));
  const rest = Object.entries(more).map(([name, content]) => ({ name, content }));
  const exported = [
    ...names.map((name) => `export * from './seeds/${name}';`),
    ...Object.keys(more)
      .filter((name) => name !== 'fetch.js')
      .map((name) => `export * from './${name}';`),
    ...(more['fetch.js'] === undefined ? [] : [`export { default } from './fetch.js';`]),
  ];
  return [
    { name: 'ledgers.js', content: exported.join('\n') },
    ...(await Promise.all(modules)),
    ...rest,
  ];
}

/** The template as `apply` publishes and the platform reads it. */
export async function publishedTemplate(): Promise<TenantTemplate> {
  const config = new URL('../../tenant-template/wrangler.jsonc', import.meta.url);
  const built = await buildTenantTemplate(fileURLToPath(config));
  const artefact = parseTenantArtefact(JSON.stringify(built.artefact));
  const parts = parseTemplateParts(JSON.stringify(built.parts));
  if (!artefact || !parts) throw new TypeError('The template cannot be read back.');
  return { artefact, parts };
}
