// The manifest of an upload: what belongs to a tenant's code and is no code. Parsed strictly, once;
// it never says who uploads or when it goes live.
import * as z from 'zod';
import { type Finding, inManifest } from './finding.ts';
import {
  type ManifestQueue,
  type ManifestSchedule,
  manifestQueue,
  manifestSchedules,
} from './schedules.ts';

export interface WorkerManifest {
  /** Path of the module whose exports are the ledgers. */
  readonly main_module: string;
  /** For the people who read the list of versions. */
  readonly message?: string | undefined;
  /** Classes to delete, with all their data, when this version goes live. */
  readonly delete_classes?: readonly string[] | undefined;
  /** Plain texts in `env`, beside those of the template. */
  readonly vars?: Readonly<Record<string, string>> | undefined;
  /** Names in `env` whose values are set apart from the code; the code is not live without them. */
  readonly secrets?: readonly string[] | undefined;
  /** Runs of the code's own `scheduled` handler. */
  readonly schedules?: readonly ManifestSchedule[] | undefined;
  /** A queue of the tenant's own, for the code's own `queue` handler; `env.QUEUE` sends to it. */
  readonly queue?: ManifestQueue | undefined;
}

export type ParsedManifest =
  | { readonly ok: true; readonly value: WorkerManifest }
  | { readonly ok: false; readonly findings: Finding[] };

const ENV_NAME = /^[A-Z][A-Z0-9_]{0,63}$/;
/** Bindings that the platform gives every tenant's Worker, or that the SDK reads. */
const TAKEN_NAMES = new Set(['TENANT_ID', 'PLATFORM', 'PLATFORM_METRICS_QUEUE', 'QUEUE']);
/** Of all vars together, in bytes of UTF-8. */
const MAX_VARS_BYTES = 32 * 1024;
/** Of one tenant, declared or set. */
export const MAX_SECRETS = 100;

/** Of a var or a secret: none that the template or the platform binds. */
export const envName = z
  .string()
  .regex(ENV_NAME, 'A name is upper-case letters, digits and _, at most 64, a letter first.')
  .refine((name) => !TAKEN_NAMES.has(name) && !name.endsWith('_LEDGER'), {
    message: 'The platform sets a binding of this name itself; choose another.',
  });

const secretNames = z
  .array(envName)
  .max(MAX_SECRETS, `A version declares at most ${MAX_SECRETS} secrets.`)
  .superRefine((names, context) => {
    for (const [index, name] of names.entries()) {
      if (names.indexOf(name) === index) continue;
      context.addIssue({ code: 'custom', path: [index], message: `${name} is there twice.` });
    }
  });

const manifestSchema = z.strictObject({
  main_module: z.string().min(1).max(200),
  message: z.string().max(500).optional(),
  delete_classes: z.array(z.string().min(1).max(100)).max(50).optional(),
  vars: z
    .record(envName, z.string().max(5 * 1024))
    .refine((vars) => byteLength(JSON.stringify(vars)) <= MAX_VARS_BYTES, {
      message: `All vars together may have ${MAX_VARS_BYTES} bytes.`,
    })
    .optional(),
  secrets: secretNames.optional(),
  schedules: manifestSchedules.optional(),
  queue: manifestQueue.optional(),
});

/** All that is wrong with it is said at once. */
export function parseManifest(value: unknown): ParsedManifest {
  const parsed = manifestSchema.safeParse(value);
  const findings = [
    ...(parsed.error?.issues ?? []).map((issue) => {
      const inside = issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined;
      return inManifest('manifest_invalid', issue.path, inside ?? issue.message);
    }),
    ...namedTwice(value),
  ];
  if (parsed.success && findings.length === 0) return { ok: true, value: parsed.data };
  return { ok: false, findings };
}

/** Secrets that are vars, too: looked for in what was given, so that it is said with all else. */
function namedTwice(value: unknown): Finding[] {
  if (typeof value !== 'object' || value === null) return [];
  const { vars, secrets }: { vars?: unknown; secrets?: unknown } = { ...value };
  if (!Array.isArray(secrets) || typeof vars !== 'object' || vars === null) return [];
  return secrets.flatMap((name: unknown, index) => {
    if (typeof name !== 'string' || !Object.hasOwn(vars, name)) return [];
    const detail = `${name} is a var, too; a name is either a var or a secret.`;
    return [inManifest('manifest_invalid', ['secrets', index], detail)];
  });
}

const byteLength = (text: string): number => new TextEncoder().encode(text).byteLength;
