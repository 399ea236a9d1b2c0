// What a check has against an upload: a code to switch on, where it is, and what to do next. Pure;
// it never decides whether an upload goes on.

export type FindingCode =
  | 'class_removed'
  | 'does_not_start'
  | 'handler_missing'
  | 'import_not_allowed'
  | 'main_missing'
  | 'manifest_invalid'
  | 'module_missing'
  | 'no_ledgers'
  | 'not_a_ledger'
  | 'prefix_changed'
  | 'prefix_taken'
  | 'reserved_name'
  | 'syntax'
  | 'too_large'
  | 'too_many_modules'
  | 'too_many_schedules';

export interface Finding {
  readonly code: FindingCode;
  /** RFC 6901, into `{ manifest, modules }` of the upload. */
  readonly pointer: string;
  /** Begins with `<file>:<line>: ` where there is a line. */
  readonly detail: string;
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
}

/** Where in an upload something was found. */
export interface Place {
  readonly file: string;
  readonly line?: number;
}

export function inModule(code: FindingCode, { file, line }: Place, what: string): Finding {
  const at = line === undefined ? file : `${file}:${line}`;
  const place = line === undefined ? { file } : { file, line };
  return { code, pointer: `/modules/${escapePointer(file)}`, detail: `${at}: ${what}`, ...place };
}

export function inManifest(
  code: FindingCode,
  path: readonly PropertyKey[],
  detail: string,
): Finding {
  const pointer = ['', 'manifest', ...path.map((step) => escapePointer(String(step)))].join('/');
  return { code, pointer, detail };
}

function escapePointer(step: string): string {
  return step.replaceAll('~', '~0').replaceAll('/', '~1');
}
