// The tenant template as modules, for Workers that are composed of it and a tenant's own code. Read
// from storage; it is never changed after it was published.
import { type ArtefactModule, hasTexts, isCode, type Migration } from '../tenant-artefact.ts';

export interface TemplateParts {
  /** That of the one-file artefact built with it. */
  readonly version: string;
  readonly sdk_version: string;
  /** `z0/sdk.js`, `z0/template.js`, and what both share. */
  readonly modules: readonly ArtefactModule[];
  readonly compatibility_date: string;
  readonly compatibility_flags: readonly string[];
  /** The template's own classes. */
  readonly durable_objects: readonly { readonly name: string; readonly class_name: string }[];
  readonly migrations: readonly Migration[];
}

export const SDK_MODULE = 'z0/sdk.js';
export const TEMPLATE_MODULE = 'z0/template.js';

/** Reads the parts back from storage; `undefined` when it is none. */
export function parseTemplateParts(text: string): TemplateParts | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isParts(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isParts(value: unknown): value is TemplateParts {
  return isCode(value) && hasTexts(value, ['sdk_version']);
}
