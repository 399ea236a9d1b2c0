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
  if (!hasTexts(value, ['version', 'main_module', 'compatibility_date'])) return false;
  const { modules, compatibility_flags: flags, durable_objects: classes, migrations } = value;
  return (
    isListOf(modules, (entry) => hasTexts(entry, ['name', 'type', 'content'])) &&
    modules.some((entry) => hasTexts(entry, ['name']) && entry.name === value.main_module) &&
    isListOf(flags, (entry) => typeof entry === 'string') &&
    isListOf(classes, (entry) => hasTexts(entry, ['name', 'class_name'])) &&
    isListOf(migrations, (entry) => hasTexts(entry, ['tag']))
  );
}

function hasTexts(value: unknown, fields: readonly string[]): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const entries = new Map<string, unknown>(Object.entries(value));
  return fields.every((field) => typeof entries.get(field) === 'string');
}

function isListOf(value: unknown, check: (entry: unknown) => boolean): value is unknown[] {
  return Array.isArray(value) && value.every(check);
}
