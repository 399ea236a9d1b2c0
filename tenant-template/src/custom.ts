// The entry of the template for Workers composed of it and a tenant's own code: serves the tenant's
// classes in place of the template's, and its own routes under `/x/`. Nothing of the template's routes
// or of its identity check can be replaced through it.

import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';
import { EntityLedger, SystemLedger, TenantSystemLedger } from '@z0-app/sdk';
import { problem } from './answer.ts';
import type { AppContext } from './app.ts';
import app from './index.ts';
import * as ledgers from './ledgers.ts';
import { kindsOf, serveLedgers } from './registry.ts';

export * from './ledgers.ts';

type Exports = Readonly<Record<string, unknown>>;
type Fetch = (request: Request, env?: unknown, ctx?: unknown) => unknown;

/** One class of the composed Worker, as the platform reads it. */
interface Described {
  readonly name: string;
  readonly kind: 'entity' | 'system' | 'tenant_system' | 'other';
  readonly type: string;
  readonly prefix: string;
  readonly from: 'custom' | 'template';
}

/** The composed Worker's default export. `classes`: all that it deploys, by name. */
export function serveCustom(classes: Exports, custom: unknown): typeof app {
  serveLedgers(classes);
  const fetch = fetchOf(custom);
  if (fetch) app.all('/x/*', (c) => answerCustom(c, fetch));
  return app;
}

/** What a Worker composed of code that exports this would have. Makes no instance of anything. */
export function describeCustom(exported: Exports): { classes: Described[]; has_fetch: boolean } {
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
  return { classes: [...own, ...left], has_fetch: fetchOf(exported.default) !== undefined };
}

async function answerCustom(c: AppContext, fetch: Fetch): Promise<Response> {
  if (c.var.identity.masked) {
    const detail = 'Custom routes do not hide personal fields; ask without scope ledger:masked.';
    return problem(c, { code: 'insufficient_scope', detail });
  }
  const answered = await fetch(c.req.raw, c.env, c.executionCtx);
  if (!(answered instanceof Response)) {
    throw new TypeError('The custom fetch answered something that is no Response.');
  }
  return answered;
}

/** That of `export default { fetch(request, env, ctx) { … } }`, or of a class that has one. */
function fetchOf(custom: unknown): Fetch | undefined {
  if (typeof custom === 'function' && custom.prototype instanceof WorkerEntrypoint) {
    const entrypoint = custom;
    if (fetchOf(entrypoint.prototype) === undefined) return undefined;
    return (request, env, ctx) => fetchOf(Reflect.construct(entrypoint, [ctx, env]))?.(request);
  }
  if (typeof custom !== 'object' || custom === null) return undefined;
  const fetch: unknown = Reflect.get(custom, 'fetch');
  if (typeof fetch !== 'function') return undefined;
  return (...args): unknown => Reflect.apply(fetch, custom, args);
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
