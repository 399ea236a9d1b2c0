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
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Record<string, unknown>;
  const texts = [fields.version, fields.main_module, fields.compatibility_date];
  const lists = [
    fields.modules,
    fields.compatibility_flags,
    fields.durable_objects,
    fields.migrations,
  ];
  return texts.every((text) => typeof text === 'string') && lists.every(Array.isArray);
}
