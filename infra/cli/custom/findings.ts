// What is wrong with an upload, told by file and line of the sources it was bundled from. Only tells:
// the findings are provisioning's and the platform's.
import { CliError } from '../cli-error.ts';
import { type Answer, objectOf } from '../platform-client.ts';
import type { Bundle, BundleFault } from './bundle.ts';

/** One finding, as the checks and the platform's problem document both have it. */
export interface Told {
  readonly code: string;
  /** Into the upload: `/modules/ledgers.js`, `/manifest/vars`. */
  readonly pointer: string;
  /** Begins with `<module>: ` or `<module>:<line>: ` where it is about one. */
  readonly detail: string;
}

const PLACE = /^(?:custom\/)?([^\s:]+\.m?js)(?::(\d+))?(?::\d+)?: /;

/** `src/ledgers.ts:12: import_not_allowed: …` */
export function toldLine({ code, pointer, detail }: Told, bundle: Bundle): string {
  const [head = '', module, line] = PLACE.exec(detail) ?? [];
  const text = detail.slice(head.length);
  if (module === undefined) return `${pointer || 'upload'}: ${code}: ${text}`;
  const own = module === bundle.name;
  if (line === undefined) return `${own ? bundle.main : module}: ${code}: ${text}`;
  const source = own ? bundle.sourceOf(Number(line)) : undefined;
  return `${source?.file ?? module}:${source?.line ?? line}: ${code}: ${text}`;
}

/** The bundler's own findings, which are all about syntax and files that are not there. */
export function faultLine({ file, line, text }: BundleFault): string {
  const code = text.startsWith('Could not resolve') ? 'module_missing' : 'syntax';
  return file === undefined ? `${code}: ${text}` : `${file}:${line}: ${code}: ${text}`;
}

/** The error that ends a command over `lines`, one a finding. */
export function refusedOver(lines: readonly string[], by: string): CliError {
  const count = lines.length === 1 ? 'one finding' : `${lines.length} findings`;
  return new CliError(
    [`${by}: ${count}`, ...lines.map((line) => `  ${line}`)].join('\n'),
    'nothing is live that was not before; correct the sources and deploy again',
  );
}

/** The findings in a refusal of the platform; undefined when it is about something else. */
export function findingsIn({ body }: Answer): Told[] | undefined {
  const { code, errors } = objectOf(body);
  if (code !== 'worker_refused' || !Array.isArray(errors)) return undefined;
  return errors.map((item) => {
    const { code, pointer, detail } = objectOf(item);
    return { code: String(code), pointer: String(pointer), detail: String(detail) };
  });
}
