// Durable Object class migrations of an upload: what classes exist afterwards and which storage
// each one keeps. Pure; it deletes no file.
import { randomBytes } from 'node:crypto';
import type { Binding, DurableObjectClass } from '../state/script-store.ts';
import { ApiError } from './envelope.ts';

export interface ClassState {
  readonly classes: readonly DurableObjectClass[];
  readonly tag: string | undefined;
}

interface Step {
  readonly created: readonly string[];
  readonly renamed: readonly { from: string; to: string }[];
  readonly deleted: readonly string[];
}

/** Applies `metadata.migrations` to what is deployed; refuses with Cloudflare's own codes. */
export function applyMigrations(current: ClassState, migrations: unknown): ClassState {
  if (!isObject(migrations)) return current;
  const { old_tag: oldTag, new_tag: newTag } = migrations;
  if ((oldTag ?? undefined) !== current.tag) {
    const got = typeof oldTag === 'string' ? oldTag : '';
    throw new ApiError(
      412,
      10079,
      `Actor migration tag precondition failed, got tag '${got}' when expected tag is '${current.tag ?? ''}'.`,
    );
  }
  const steps = Array.isArray(migrations.steps) ? migrations.steps : [migrations];
  const classes = steps.map(toStep).reduce(applyStep, current.classes);
  return { classes, tag: typeof newTag === 'string' ? newTag : current.tag };
}

/** Every class that a binding of the script names must exist after its migrations. */
export function checkBoundClasses(
  bindings: readonly Binding[],
  classes: readonly DurableObjectClass[],
): void {
  const known = new Set(classes.map(({ className }) => className));
  for (const binding of bindings) {
    if (binding.type !== 'durable_object_namespace' || binding.script_name !== undefined) continue;
    if (!known.has(String(binding.class_name))) {
      throw new ApiError(
        400,
        10061,
        `Cannot create binding for class '${String(binding.class_name)}' because it is not currently configured to implement Durable Objects. Configure a migration in your Wrangler configuration to add this class.`,
      );
    }
  }
}

function applyStep(classes: readonly DurableObjectClass[], step: Step): DurableObjectClass[] {
  const next = new Map(classes.map((entry) => [entry.className, entry]));
  for (const className of step.created) {
    if (next.has(className)) throw alreadyThere('new', className);
    next.set(className, { className, uniqueKey: randomBytes(16).toString('hex') });
  }
  for (const { from, to } of step.renamed) {
    const entry = next.get(from);
    if (entry === undefined) {
      throw new ApiError(
        400,
        10074,
        `Cannot apply rename-class migration to class '${from}' which was not exported in the previous version of the script`,
      );
    }
    // Else the other class's data would go without anybody having said so.
    if (next.has(to)) throw alreadyThere('rename', to);
    next.delete(from);
    next.set(to, { className: to, uniqueKey: entry.uniqueKey });
  }
  for (const className of step.deleted) {
    if (!next.delete(className)) {
      throw new ApiError(
        400,
        10074,
        `Cannot apply delete-class migration to class '${className}' which was not exported in the previous version of the script`,
      );
    }
  }
  return [...next.values()];
}

function alreadyThere(kind: 'new' | 'rename', className: string): ApiError {
  return new ApiError(
    400,
    10074,
    `Cannot apply ${kind}-class migration to class '${className}' that is already depended on by existing Durable Objects.`,
  );
}

function toStep(step: unknown): Step {
  const fields = isObject(step) ? step : {};
  if (Array.isArray(fields.transferred_classes) && fields.transferred_classes.length > 0) {
    throw new ApiError(
      400,
      10021,
      'transferred_classes is not offered in the embedded Cloudflare.',
    );
  }
  const renamed = Array.isArray(fields.renamed_classes) ? fields.renamed_classes : [];
  return {
    created: [...strings(fields.new_sqlite_classes), ...strings(fields.new_classes)],
    renamed: renamed
      .filter(isObject)
      .map((entry) => ({ from: String(entry.from), to: String(entry.to) })),
    deleted: strings(fields.deleted_classes),
  };
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
