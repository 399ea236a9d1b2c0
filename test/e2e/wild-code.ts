// The embedded Cloudflare's hostile code as a tenant's own: beside a ledger, uploaded through the public
// API, with the answer that each kind ends in there. It runs nothing.
import type { LocalState } from '../../infra/cli/local-state.ts';
import { type Hostile, hostileWorkers } from '../infra/hostile-workers.ts';
import { type Answer, call, codeOf } from './tenant-client.ts';

const MODULE = 'application/javascript+module';
const LEDGER = `
import { EntityLedger } from '@z0-app/sdk';
export class WildLedger extends EntityLedger {}`;

/** What a caller of the dispatcher gets; anything else is what the code itself answers. */
const ENDED: [number, string] = [503, 'worker_over_limit'];
const ANSWERS: Record<string, [status: number, code: string]> = {
  'endless-loop': ENDED,
  'microtask-storm': ENDED,
  'allocation-bomb': ENDED,
  'buffer-bomb': ENDED,
  'log-flood': ENDED,
  recursion: [500, 'internal'],
  'throws-text': [502, 'worker_failed'],
  'throws-null': [502, 'worker_failed'],
  'many-headers': [502, 'worker_failed'],
  'process-exit': [502, 'worker_failed'],
};
/** What the code says that runs and gets nowhere. */
const SAYS: Record<string, RegExp> = {
  'fetch-loopback': /^(could not: |did: 403)/,
  'fetch-api': /^(could not: |did: 403)/,
  // A machine without a network ends it sooner than the plan does.
  'many-subrequests': /"error":"(Too many subrequests\.|internal error; reference)/,
  // The tenant's own id, which is no secret.
  'reads-environment': /^did: \{"TENANT_ID":"[a-z0-9-]+"\}$/,
};

export interface WildKind extends Hostile {
  readonly name: string;
}

/** `refused` by the checks, and `running` until they end in what is stated. */
export function wildKinds(address: string): { refused: WildKind[]; running: WildKind[] } {
  const all = Object.entries(hostileWorkers(address)).map(([name, kind]) => ({ name, ...kind }));
  const refused = all.filter(({ at, code }) => at === 'upload' || isRefusedByText(code));
  return { refused, running: all.filter((kind) => !refused.includes(kind)) };
}

const isRefusedByText = (code: string): boolean =>
  /from '(cloudflare|node|workerd)[^']*:/.test(code);

/** One kind alone, under `/x/`. */
export const wildModule = ({ code }: Hostile): [string, string][] => [
  ['ledgers.js', `${code}${LEDGER}`],
];

/** All of them, each under `/x/<its name>`. */
export function wildModules(kinds: readonly WildKind[]): [string, string][] {
  const imports = kinds.map(({ name }, index) => `import kind${index} from './${name}.js';`);
  const entries = kinds.map(({ name }, index) => `'/x/${name}': kind${index}`);
  const main = `${imports.join('\n')}${LEDGER}
    const kinds = { ${entries.join(', ')} };
    export default { fetch(request, env, ctx) {
      const kind = kinds[new URL(request.url).pathname];
      return kind ? kind.fetch(request, env, ctx) : new Response('hello');
    } };`;
  const modules = kinds.map(({ name, code }): [string, string] => [`${name}.js`, code]);
  return [['ledgers.js', main], ...modules];
}

export async function uploadWild(
  { platform_url: url, operator_token: token }: LocalState,
  tenant: string,
  modules: readonly [string, string][],
): Promise<Answer> {
  const form = new FormData();
  form.set('manifest', JSON.stringify({ main_module: 'ledgers.js' }));
  for (const [name, text] of modules) form.set(name, new File([text], name, { type: MODULE }));
  return call(url, token, 'PUT', `/v1/tenants/${tenant}/worker`, { body: form });
}

export const isRefused = (answer: Answer): boolean =>
  answer.status === 422 && codeOf(answer) === 'worker_refused';

/** Whether `answer` is the stated one of `kind`. */
export function isAsStated({ name, says }: WildKind, answer: Answer): boolean {
  const stated = ANSWERS[name];
  if (stated !== undefined) return answer.status === stated[0] && codeOf(answer) === stated[1];
  const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
  return (SAYS[name] ?? says).test(text);
}
