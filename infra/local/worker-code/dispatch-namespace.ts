// The `dispatch_namespace` binding inside an account Worker: finds the user Worker's process and
// hands it the request unchanged. It decides nothing about tenants and keeps no state but addresses.
import type { DebugPort } from './debug-port.ts';

interface BindingEnv {
  readonly debugPort: DebugPort;
  /** The supervisor of user Worker processes, on a unix socket. */
  readonly supervisor: Fetcher;
  readonly namespace: string;
  /** `{service, params}` of the outbound Worker as JSON, or `''`. */
  readonly outbound: string;
}

interface DispatchOptions {
  readonly limits?: { readonly cpuMs?: number; readonly subRequests?: number };
  readonly outbound?: Record<string, unknown>;
}

interface Target {
  readonly address: string;
  readonly generation: number;
}

const REPEATABLE_BYTES = 64 * 1024;

type Verdict =
  | { readonly kind: 'running' }
  /** The process ended after it had answered everything it was given: nothing was lost. */
  | { readonly kind: 'drained' }
  | { readonly kind: 'ended'; readonly message: string };

/** workerd calls this once per binding and puts the result into the Worker's `env`. */
export default function dispatchNamespace(env: BindingEnv): object {
  const known = new Map<string, Target>();

  async function ask<T>(path: string, body: object): Promise<T> {
    const init = { method: 'POST', body: JSON.stringify({ namespace: env.namespace, ...body }) };
    const response = await env.supervisor.fetch(`http://supervisor${path}`, init);
    // The supervisor is ours and in the same release: its answers are not parsed further.
    const answer = (await response.json()) as T & { message?: string };
    if (!response.ok) throw new Error(answer.message ?? 'The supervisor refused.');
    return answer;
  }

  async function targetOf(key: string, name: string, options: DispatchOptions): Promise<Target> {
    const found = known.get(key);
    if (found !== undefined) return found;
    const outbound = env.outbound === '' ? undefined : outboundOf(env.outbound, options);
    const limits = options.limits ?? {};
    const target = await ask<Target>('/resolve', { script: name, limits, outbound });
    if (known.size >= 10_000) known.clear();
    known.set(key, target);
    return target;
  }

  async function send(name: string, options: DispatchOptions, request: Request): Promise<Response> {
    const key = JSON.stringify([name, options.limits, options.outbound]);
    const repeat = await repeatable(request);
    for (let attempt = 0; ; attempt += 1) {
      const target = await targetOf(key, name, options);
      try {
        const front = env.debugPort.connect(target.address).getEntrypoint('door', 'Front');
        return await front.fetch(repeat === undefined ? request : repeat());
      } catch (error) {
        known.delete(key);
        const { generation } = target;
        const verdict = await ask<Verdict>('/verdict', { script: name, generation });
        if (verdict.kind === 'running') throw error;
        if (verdict.kind === 'ended') throw new Error(verdict.message, { cause: error });
        if (repeat === undefined || attempt >= 2) throw error;
      }
    }
  }

  return {
    /** Lazy and never throwing, as on Cloudflare: a missing Worker shows at `fetch()`. */
    get(name: string, _args: unknown = {}, options: DispatchOptions = {}) {
      return {
        fetch: (input: RequestInfo, init?: RequestInit) =>
          send(name, options, new Request(input, init)),
      };
    },
  };
}

/** A body can be sent once. Small ones are read first, so that a request which met a process on its
 * way out can be given to the next one; larger ones stream, and such a request fails. */
async function repeatable(request: Request): Promise<(() => Request) | undefined> {
  if (request.body === null) return () => request;
  const length = Number(request.headers.get('content-length') ?? Number.NaN);
  if (!(length <= REPEATABLE_BYTES)) return undefined;
  const body = await request.arrayBuffer();
  return () => new Request(request, { body });
}

/** Only the declared parameters reach the outbound Worker. */
function outboundOf(config: string, options: DispatchOptions): object {
  const { service, params } = JSON.parse(config) as { service: string; params: string[] };
  const given = options.outbound ?? {};
  const chosen = params.filter((name) => name in given).map((name) => [name, given[name]]);
  return { service, params: Object.fromEntries(chosen) };
}
