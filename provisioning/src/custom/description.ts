// What code says of itself when it is started to be looked at: its ledger classes. It was answered by
// a Worker that holds foreign code, so every part is checked and nothing of it is trusted further.
import * as z from 'zod';

/** A class that a Worker composed of the described code would have. */
export interface DescribedClass {
  /** As it is exported. */
  readonly name: string;
  /**
   * - `entity`: serves entities of `type` over HTTP.
   * - `system`: an SDK `SystemLedger`, reached by other ledgers only.
   * - `tenant_system`: takes the place of the template's `TenantSystemLedger`, whatever its name.
   * - `other`: a Durable Object, or a class named like a ledger, that extends none of the SDK's.
   */
  readonly kind: 'entity' | 'system' | 'tenant_system' | 'other';
  /** Empty unless it is an entity. */
  readonly type: string;
  /** Of ids, without the underscore; empty unless it is an entity. */
  readonly prefix: string;
  /** Whose code it is. */
  readonly from: 'custom' | 'template';
}

export interface Description {
  readonly classes: readonly DescribedClass[];
  /** Whether its default export answers what is under `/x/`. */
  readonly has_fetch: boolean;
  /** Whether it has a handler for runs of schedules. */
  readonly has_scheduled: boolean;
  /** Whether it has one for messages of the tenant's queue. */
  readonly has_queue: boolean;
}

/** Names become code and bindings: only what can be one gets through. */
const EXPORT_NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$]{0,99}$/u;

const descriptionSchema = z.object({
  classes: z
    .array(
      z.object({
        name: z.string().regex(EXPORT_NAME),
        kind: z.enum(['entity', 'system', 'tenant_system', 'other']),
        type: z.string().max(100),
        prefix: z.string().max(100),
        from: z.enum(['custom', 'template']),
      }),
    )
    .max(200),
  has_fetch: z.boolean(),
  // A template from before there were schedules says nothing of them.
  has_scheduled: z.boolean().default(false),
  has_queue: z.boolean().default(false),
});

/** The answer of a Worker in the describe form; `undefined` when it is none. */
export function parseDescription(text: string): Description | undefined {
  try {
    const parsed = descriptionSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** The name a class is deployed, bound and migrated under; `undefined` when it is not deployed. */
export function deployedNameOf({ name, kind }: DescribedClass): string | undefined {
  if (kind === 'other') return undefined;
  return kind === 'tenant_system' ? TENANT_SYSTEM_LEDGER : name;
}

/** The class that every tenant's Worker has. */
export const TENANT_SYSTEM_LEDGER = 'TenantSystemLedger';

/** `PROJECT_LEDGER` for `ProjectLedger`, as the template derives it. */
export function bindingOf(className: string): string {
  const words = className.replace(/Ledger$/, '').replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '_');
  return `${words.toUpperCase()}_LEDGER`;
}
