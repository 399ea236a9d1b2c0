// Which ledger serves which entity: from a type, or from the prefix of an id. Derived from the
// exported classes, so that there is no second list to keep. It imports none of them: they find each
// other through it.
import { EntityLedger, ID_PREFIXES, type LedgerStub, ledgerOf, SystemLedger } from '@z0-app/sdk';
import type { Env } from './env.ts';

export interface LedgerKind {
  /** `account` for a class `AccountLedger`. */
  readonly type: string;
  /** Of entity ids, without the underscore: `acct`. */
  readonly prefix: string;
  /** `ACCOUNT_LEDGER` */
  readonly binding: string;
}

/** The kinds of entity that `exported` ledger classes serve. System ledgers serve none. */
export function kindsOf(exported: Readonly<Record<string, unknown>>): LedgerKind[] {
  return Object.entries(exported).flatMap(([name, value]) => {
    if (!name.endsWith('Ledger') || !isEntityLedger(value)) return [];
    const words = name.slice(0, -'Ledger'.length).replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '_');
    const type = words.toLowerCase();
    const prefix = declaredPrefix(value) ?? knownPrefix(type) ?? type.replaceAll('_', '-');
    return [{ type, prefix, binding: `${words.toUpperCase()}_LEDGER` }];
  });
}

const kinds: LedgerKind[] = [];

/** Called once, by the Worker's entry, with every ledger class it exports. */
export function serveLedgers(exported: Readonly<Record<string, unknown>>): void {
  kinds.splice(0, kinds.length, ...kindsOf(exported));
}

export function kindOfType(type: string): LedgerKind | undefined {
  return kinds.find((kind) => kind.type === type);
}

/** The kind an id belongs to, undefined when it is no id of this Worker's. */
export function kindOfId(id: string): LedgerKind | undefined {
  const kind = kinds.find(({ prefix }) => id.startsWith(`${prefix}_`));
  return kind && idPattern(kind).test(id) ? kind : undefined;
}

export function idPattern(kind: LedgerKind): RegExp {
  return new RegExp(`^${kind.prefix}_[A-Za-z0-9_-]{1,64}$`);
}

/** The ledger of the entity `id`, undefined when no ledger of this Worker has such ids. */
export function ledgerOfId(env: Env, id: string): LedgerStub | undefined {
  const kind = kindOfId(id);
  if (!kind) return undefined;
  // Edge: binding names are derived from class names; wrangler.jsonc keeps the other half.
  const bindings = env as unknown as Record<string, DurableObjectNamespace<EntityLedger>>;
  const namespace = bindings[kind.binding];
  if (!namespace) throw new TypeError(`The binding ${kind.binding} is missing.`);
  return ledgerOf(namespace, `${kind.type}_${id}`);
}

/** The ledger of the tenant itself, which keeps its Configs. */
export function tenantLedgerOf(env: Env): LedgerStub {
  return ledgerOf(env.TENANT_SYSTEM_LEDGER, env.TENANT_ID);
}

function isEntityLedger(value: unknown): value is typeof EntityLedger {
  if (typeof value !== 'function') return false;
  const prototype: unknown = value.prototype;
  return prototype instanceof EntityLedger && !(prototype instanceof SystemLedger);
}

function declaredPrefix(ledger: typeof EntityLedger): string | undefined {
  const declared: unknown = Reflect.get(ledger, 'idPrefix');
  return typeof declared === 'string' ? declared : undefined;
}

function knownPrefix(type: string): string | undefined {
  return Object.entries(ID_PREFIXES).find(([name]) => name === type)?.[1];
}
