// The `dispatch_namespace` binding inside an account Worker: finds the user Worker's process and
// hands it the request unchanged. It decides nothing about tenants and keeps no state but addresses.
import type { CallLimit, CallLimits } from './call-limits.ts';
import { CallWatch, isStream } from './call-watch.ts';
import { type FrontMark, MARK_HEADER, TARGET_HEADER, type Thrown } from './front-protocol.ts';

interface BindingEnv {
  /** `slot0`, `slot1`, …: the sockets on which processes of user Workers listen. */
  readonly [slot: `slot${number}`]: Fetcher;
  /** The supervisor of user Worker processes, on a unix socket. */
  readonly supervisor: Fetcher;
  readonly namespace: string;
  /** `{service, params}` of the outbound Worker as JSON, or `''`. */
  readonly outbound: string;
  /** `CallLimits` as JSON. */
  readonly limits: string;
}

interface DispatchOptions {
  readonly limits?: { readonly cpuMs?: number; readonly subRequests?: number };
  readonly outbound?: Record<string, unknown>;
}

interface Target {
  readonly slot: number;
  /** Names the process that is meant; another one on the same socket refuses it. */
  readonly token: string;
  readonly generation: number;
}

type Verdict =
  | { readonly kind: 'running' }
  /** The process had ended before the request was sent, or answered all it had: nothing was lost. */
  | { readonly kind: 'drained' }
  | { readonly kind: 'ended'; readonly message: string };

const REPEATABLE_BYTES = 64 * 1024;
const MAX_ATTEMPTS = 3;
const MAX_KNOWN = 10_000;

/** workerd calls this once per binding and puts the result into the Worker's `env`. */
export default function dispatchNamespace(env: BindingEnv): object {
  const addresses = new Addresses(env);
  return {
    /** Lazy and never throwing, as on Cloudflare: a missing Worker shows at `fetch()`. */
    get(name: string, _args: unknown = {}, options: DispatchOptions = {}) {
      return {
        fetch: (input: RequestInfo, init?: RequestInit) =>
          send(env, addresses, { name, options, request: asRequest(input, init) }),
      };
    },
  };
}

const asRequest = (input: RequestInfo, init?: RequestInit): Request =>
  input instanceof Request && init === undefined ? input : new Request(input, init);

interface Dispatch {
  readonly name: string;
  readonly options: DispatchOptions;
  readonly request: Request;
}

async function send(env: BindingEnv, addresses: Addresses, dispatch: Dispatch): Promise<Response> {
  const { name, options, request } = dispatch;
  const repeat = await repeatable(request);
  for (let attempt = 1; ; attempt += 1) {
    const target = await addresses.resolve(name, options);
    const given = repeat === undefined ? request : repeat();
    const outcome = await attemptOn(env, addresses, name, target, given);
    if (outcome !== 'undelivered') return outcome;
    if (repeat === undefined || attempt === MAX_ATTEMPTS) {
      throw new Error('Network connection lost.');
    }
  }
}

/** The answer, or `undelivered` when the user Worker surely never saw the request. */
async function attemptOn(
  env: BindingEnv,
  addresses: Addresses,
  name: string,
  target: Target,
  request: Request,
): Promise<Response | 'undelivered'> {
  const sentAtMs = Date.now();
  const marked = new Request(request);
  marked.headers.set(TARGET_HEADER, target.token);
  const socket = env[`slot${target.slot}`];
  if (socket === undefined) throw new Error(`There is no socket ${target.slot}.`);
  const watch = new CallWatch(addresses.limits, (limit) => addresses.end(name, target, limit));
  let response: Response;
  try {
    response = await socket.fetch(marked);
    await watch.admit(request.method, response);
  } catch (error) {
    watch.done();
    const verdict = await addresses.judgeLoss(name, target, sentAtMs);
    if (verdict.kind === 'drained') return 'undelivered';
    if (verdict.kind === 'ended') throw new Error(verdict.message, { cause: error });
    throw error;
  }
  // The front is ours: its marks are not parsed further.
  const mark = response.headers.get(MARK_HEADER) as FrontMark | null;
  if (mark === null && isStream(response)) {
    await addresses.streams(name, target);
    return watch.bounded(response);
  }
  watch.done();
  if (mark === null) return response;
  if (mark === 'threw') throw rebuilt(await response.json<Thrown>());
  addresses.forget(name);
  return 'undelivered';
}

interface Known {
  readonly target: Target;
  readonly settings: string;
  /** Whether the supervisor was told that it answers with streams. */
  streams: boolean;
}

/** Which process serves a script, as the supervisor last said. */
class Addresses {
  readonly #env: BindingEnv;
  readonly #known = new Map<string, Known>();
  readonly limits: CallLimits;

  constructor(env: BindingEnv) {
    this.#env = env;
    // Written by account-options.ts.
    this.limits = JSON.parse(env.limits) as CallLimits;
  }

  /** Asks again when limits or outbound parameters differ from the last: those in force are the last. */
  async resolve(name: string, options: DispatchOptions): Promise<Target> {
    const settings = JSON.stringify([options.limits, options.outbound]);
    const found = this.#known.get(name);
    if (found?.settings === settings) return found.target;
    const { outbound: declared } = this.#env;
    const outbound = declared === '' ? undefined : outboundOf(declared, options);
    const question = { script: name, limits: options.limits ?? {}, outbound };
    const target = await this.#ask<Target>('/resolve', question);
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(name, { target, settings, streams: false });
    return target;
  }

  forget(name: string): void {
    this.#known.delete(name);
  }

  /** What became of the process that a request was lost in. */
  async judgeLoss(name: string, { generation }: Target, sentAtMs: number): Promise<Verdict> {
    this.forget(name);
    return this.#ask<Verdict>('/verdict', { script: name, generation, sentAtMs });
  }

  /** Ends the process that went over a limit. */
  async end(name: string, { generation }: Target, limit: CallLimit): Promise<void> {
    await this.#ask('/over', { script: name, generation, limit });
  }

  /** Says once that the process answers with streams: only its connections tell when those end. */
  async streams(name: string, { generation }: Target): Promise<void> {
    const known = this.#known.get(name);
    const same = known?.target.generation === generation ? known : undefined;
    if (same?.streams) return;
    await this.#ask('/streams', { script: name, generation });
    if (same !== undefined) same.streams = true;
  }

  async #ask<T>(path: string, body: object): Promise<T> {
    const { supervisor, namespace } = this.#env;
    const init = { method: 'POST', body: JSON.stringify({ namespace, ...body }) };
    const response = await supervisor.fetch(`http://supervisor${path}`, init);
    // The supervisor is ours and in the same release: its answers are not parsed further.
    const answer = (await response.json()) as T & { message?: string };
    if (!response.ok) throw new Error(answer.message ?? 'The supervisor refused.');
    return answer;
  }
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

/** What the user Worker threw, as a dispatch Worker catches it. */
function rebuilt({ name, message }: Thrown): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}

/** Only the declared parameters reach the outbound Worker. */
function outboundOf(config: string, options: DispatchOptions): object {
  const { service, params } = JSON.parse(config) as { service: string; params: string[] };
  const given = options.outbound ?? {};
  const chosen = params
    .filter((name) => name in given)
    .map((name): [string, unknown] => [name, given[name]]);
  return { service, params: Object.fromEntries(chosen) };
}
