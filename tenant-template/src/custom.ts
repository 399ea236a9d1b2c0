// The entry of the template for Workers composed of it and a tenant's own code: serves the tenant's
// classes in place of the template's, and its own routes under `/x/`. Nothing of the template's routes
// or of its identity check can be replaced through it.

import { DurableObject } from 'cloudflare:workers';
import { EntityLedger, SystemLedger, TenantSystemLedger } from '@z0-app/sdk';
import { problem } from './answer.ts';
import type { AppContext } from './app.ts';
import { type Handler, type HandlerName, handlerOf } from './handlers.ts';
import app from './index.ts';
import * as ledgers from './ledgers.ts';
import { kindsOf, serveLedgers } from './registry.ts';
import { reported } from './reported.ts';
import { serveRuns } from './runs.ts';
import { serveName } from './serve-name.ts';

export * from './ledgers.ts';
export { previewed, quiet, servePreview } from './preview.ts';
export { rebuiltBy } from './rebuilt.ts';

type Exports = Readonly<Record<string, unknown>>;

/** One class of the composed Worker, as the platform reads it. */
interface Described {
  readonly name: string;
  readonly kind: 'entity' | 'system' | 'tenant_system' | 'other';
  readonly type: string;
  readonly prefix: string;
  readonly from: 'custom' | 'template';
}

interface Description {
  readonly classes: Described[];
  readonly has_fetch: boolean;
  readonly has_scheduled: boolean;
  readonly has_queue: boolean;
}

/** The composed Worker's default export. `classes`: all that it deploys, by name; `name`: its own. */
export function serveCustom(classes: Exports, custom: unknown, name?: string): typeof app {
  serveLedgers(classes);
  const fetch = handlerOf(custom, 'fetch');
  if (fetch) app.all('/x/*', (c) => answerCustom(c, fetch));
  serveRuns(app, custom);
  if (name !== undefined) serveName(app, name);
  return app;
}

/** What a Worker composed of code that exports this would have. Makes no instance of anything. */
export function describeCustom(exported: Exports): Description {
  const own = Object.entries(exported).flatMap(([name, value]) => {
    const kind = kindOf(name, value);
    return kind ? [describe(name, value, kind, 'custom')] : [];
  });
  const replaced = (name: string, kind: Described['kind']): boolean =>
    own.some((one) => one.name === name || (kind === 'tenant_system' && one.kind === kind));
  const left = Object.entries(ledgers).flatMap(([name, value]) => {
    const kind = value === TenantSystemLedger ? 'tenant_system' : 'entity';
    return replaced(name, kind) ? [] : [describe(name, value, kind, 'template')];
  });
  const has = (name: HandlerName): boolean => handlerOf(exported.default, name) !== undefined;
  return {
    classes: [...own, ...left],
    has_fetch: has('fetch'),
    has_scheduled: has('scheduled'),
    has_queue: has('queue'),
  };
}

async function answerCustom(c: AppContext, fetch: Handler): Promise<Response> {
  if (c.var.identity.masked) {
    const detail = 'Custom routes do not hide personal fields; ask without scope ledger:masked.';
    return problem(c, { code: 'insufficient_scope', detail });
  }
  const answered = await reported(() => fetch(c.req.raw, c.env, c.executionCtx));
  if (!(answered instanceof Response)) {
    throw new TypeError('The custom fetch answered something that is no Response.');
  }
  return answered;
}

/** `undefined` for what is no class of the Worker: constants, functions, and the SDK's own names. */
function kindOf(name: string, value: unknown): Described['kind'] | undefined {
  // Every Worker has its TenantSystemLedger, and a bare EntityLedger serves no type.
  if (name === 'default' || value === TenantSystemLedger || value === EntityLedger)
    return undefined;
  if (typeof value !== 'function' || !('prototype' in value)) return undefined;
  const prototype: unknown = value.prototype;
  if (prototype instanceof TenantSystemLedger) return 'tenant_system';
  if (prototype instanceof SystemLedger || value === SystemLedger) return 'system';
  if (prototype instanceof EntityLedger) return 'entity';
  if (prototype instanceof DurableObject) return 'other';
  return name.endsWith('Ledger') && textOf(value).startsWith('class') ? 'other' : undefined;
}

const textOf = (value: unknown): string => Function.prototype.toString.call(value);

function describe(
  name: string,
  value: unknown,
  kind: Described['kind'],
  from: Described['from'],
): Described {
  const [entity] = kind === 'entity' ? kindsOf({ [name]: value }) : [];
  return { name, kind, type: entity?.type ?? '', prefix: entity?.prefix ?? '', from };
}
