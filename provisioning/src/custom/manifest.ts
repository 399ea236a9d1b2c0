// The manifest of an upload: what belongs to a tenant's code and is no code. Parsed strictly, once;
// it never says who uploads or when it goes live.
import * as z from 'zod';
import { type Finding, inManifest } from './finding.ts';

export interface WorkerManifest {
  /** Path of the module whose exports are the ledgers. */
  readonly main_module: string;
  /** For the people who read the list of versions. */
  readonly message?: string | undefined;
  /** Classes to delete, with all their data, when this version goes live. */
  readonly delete_classes?: readonly string[] | undefined;
  /** Plain texts in `env`, beside those of the template. */
  readonly vars?: Readonly<Record<string, string>> | undefined;
}

export type ParsedManifest =
  | { readonly ok: true; readonly value: WorkerManifest }
  | { readonly ok: false; readonly findings: Finding[] };

const VAR_NAME = /^[A-Z][A-Z0-9_]{0,63}$/;
/** Bindings that the platform gives every tenant's Worker, or that the SDK reads. */
const TAKEN_VARS = new Set(['TENANT_ID', 'PLATFORM', 'PLATFORM_METRICS_QUEUE']);
/** Of all vars together, in bytes of UTF-8. */
const MAX_VARS_BYTES = 32 * 1024;

const varName = z
  .string()
  .regex(VAR_NAME, 'A name is upper-case letters, digits and _, at most 64, a letter first.')
  .refine((name) => !TAKEN_VARS.has(name) && !name.endsWith('_LEDGER'), {
    message: 'The platform sets a binding of this name itself; choose another.',
  });

const manifestSchema = z.strictObject({
  main_module: z.string().min(1).max(200),
  message: z.string().max(500).optional(),
  delete_classes: z.array(z.string().min(1).max(100)).max(50).optional(),
  vars: z
    .record(varName, z.string().max(5 * 1024))
    .refine((vars) => byteLength(JSON.stringify(vars)) <= MAX_VARS_BYTES, {
      message: `All vars together may have ${MAX_VARS_BYTES} bytes.`,
    })
    .optional(),
});

/** All that is wrong with it is said at once. */
export function parseManifest(value: unknown): ParsedManifest {
  const parsed = manifestSchema.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  const findings = parsed.error.issues.map((issue) => {
    const inside = issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined;
    return inManifest('manifest_invalid', issue.path, inside ?? issue.message);
  });
  return { ok: false, findings };
}

const byteLength = (text: string): number => new TextEncoder().encode(text).byteLength;
