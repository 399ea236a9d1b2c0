// The tenant template as modules, for Workers that are composed of it and a tenant's own code. Read
// from storage; it is never changed after it was published.
import { hasTexts, isCode, type TenantArtefact } from '../tenant-artefact.ts';

type Code = Omit<TenantArtefact, 'main_module' | 'vars' | 'template_version'>;

/** `version` is that of the one-file artefact built with it; the classes are the template's own. Its
 * modules are `z0/sdk.js`, `z0/template.js`, and what both share. */
export interface TemplateParts extends Code {
  readonly sdk_version: string;
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
