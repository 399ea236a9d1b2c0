// The built tenant template as one immutable document: code, classes, migrations. Pure.

export interface ArtefactModule {
  readonly name: string;
  /** MIME type of the upload part. */
  readonly type: string;
  readonly content: string;
}

export interface TenantArtefact {
  /** Content hash: the same code and settings give the same version. */
  readonly version: string;
  readonly main_module: string;
  readonly modules: readonly ArtefactModule[];
  readonly compatibility_date: string;
  readonly compatibility_flags: readonly string[];
  readonly durable_objects: readonly { readonly name: string; readonly class_name: string }[];
  readonly migrations: readonly Migration[];
  /** Plain texts in `env`, beside `TENANT_ID`. */
  readonly vars?: Readonly<Record<string, string>>;
  /** Whether `env.QUEUE` sends to the tenant's queue. */
  readonly queue?: boolean;
  /** Of the template inside, where the artefact also holds a tenant's own code. */
  readonly template_version?: string;
}

export interface Migration {
  readonly tag: string;
  readonly new_sqlite_classes?: readonly string[];
  readonly deleted_classes?: readonly string[];
  readonly renamed_classes?: readonly { readonly from: string; readonly to: string }[];
}

/** Reads an artefact back from storage; `undefined` when it is not one. */
export function parseTenantArtefact(text: string): TenantArtefact | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isArtefact(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isArtefact(value: unknown): value is TenantArtefact {
  if (!isCode(value) || !hasTexts(value, ['main_module'])) return false;
  const { modules, main_module: main, vars = {}, template_version: template = '' } = value;
  return (
    isListOf(modules, (entry) => hasTexts(entry, ['name'])) &&
    modules.some((entry) => hasTexts(entry, ['name']) && entry.name === main) &&
    isTexts(vars) &&
    typeof template === 'string'
  );
}

/** What an artefact and the template's parts have in common. */
export function isCode(value: unknown): value is Record<string, unknown> {
  if (!hasTexts(value, ['version', 'compatibility_date'])) return false;
  const { modules, compatibility_flags: flags, durable_objects: classes, migrations } = value;
  return (
    isListOf(modules, (entry) => hasTexts(entry, ['name', 'type', 'content'])) &&
    isListOf(flags, (entry) => typeof entry === 'string') &&
    isListOf(classes, (entry) => hasTexts(entry, ['name', 'class_name'])) &&
    isListOf(migrations, (entry) => hasTexts(entry, ['tag']))
  );
}

export function hasTexts(
  value: unknown,
  fields: readonly string[],
): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const entries = new Map<string, unknown>(Object.entries(value));
  return fields.every((field) => typeof entries.get(field) === 'string');
}

function isTexts(value: unknown): boolean {
  return typeof value === 'object' && value !== null && hasTexts(value, Object.keys(value));
}

function isListOf(value: unknown, check: (entry: unknown) => boolean): value is unknown[] {
  return Array.isArray(value) && value.every(check);
}
