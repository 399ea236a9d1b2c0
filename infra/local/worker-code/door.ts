// The only way in and out of a user Worker's process: requests come in by `Front`, calls to account
// Workers leave by `ServiceDoor`, every `fetch` leaves by `Egress`. The user Worker shares the
// process but not this isolate, and can change nothing here.
import { WorkerEntrypoint } from 'cloudflare:workers';
import type { DebugPort } from './debug-port.ts';
import { type FrontMark, MARK_HEADER, TARGET_HEADER, type Thrown } from './front-protocol.ts';
import { SubrequestAllowance } from './subrequest-allowance.ts';

interface DoorEnv {
  readonly USER: Fetcher;
  readonly SUPERVISOR: Fetcher;
  readonly DEBUG_PORT: DebugPort;
  readonly NAMESPACE: string;
  readonly SCRIPT: string;
  /** Names this process; only the supervisor and those it told know it. */
  readonly FRONT_TOKEN: string;
}

interface AccountTarget {
  readonly address: string;
  readonly service: string;
}

/** Where `fetch` goes, and how often. */
interface Outbound {
  /** Subrequests of one request. */
  readonly limit: number;
  /** The outbound Worker; the public internet when there is none. */
  readonly target?: AccountTarget & { readonly params: Record<string, unknown> };
}

let draining = false;
/** Requests inside, and calls from inside that have not been answered. */
let inFlight = 0;
let upgrades = 0;
const allowance = new SubrequestAllowance();
let whenIdle: (() => void) | undefined;

/** Where dispatched requests enter. What it refuses never reaches the user Worker, so that the
 * caller can take it to the right process. */
export class Front extends WorkerEntrypoint<DoorEnv> {
  override async fetch(request: Request): Promise<Response> {
    if (request.headers.get(TARGET_HEADER) !== this.env.FRONT_TOKEN) return marked('elsewhere');
    if (draining) return marked('draining');
    allowance.entered(Date.now());
    try {
      const response = await counted(this.env.USER.fetch(asSent(request)));
      if (response.webSocket) upgrades += 1;
      return withoutMark(response);
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      return marked('threw', { name, message });
    }
  }
}

async function counted<T>(work: Promise<T>): Promise<T> {
  inFlight += 1;
  try {
    return await work;
  } finally {
    inFlight -= 1;
    if (inFlight === 0) whenIdle?.();
  }
}

/** The request as the dispatch Worker made it. Built from its parts, since a copy would also take
 * `request.cf`, which workerd fills in and a user Worker must not have. */
function asSent(request: Request): Request {
  const { url, method, body, redirect, signal } = request;
  const headers = new Headers(request.headers);
  headers.delete(TARGET_HEADER);
  return new Request(url, { method, headers, body, redirect, signal });
}

function marked(mark: FrontMark, body?: Thrown): Response {
  return Response.json(body ?? {}, { status: 500, headers: { [MARK_HEADER]: mark } });
}

function withoutMark(response: Response): Response {
  if (!response.headers.has(MARK_HEADER)) return response;
  const own = new Response(response.body, response);
  own.headers.delete(MARK_HEADER);
  return own;
}

/** The supervisor's side entrance, on a socket of its own: liveness, and draining before an end. */
export class Control extends WorkerEntrypoint<DoorEnv> {
  override async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname !== '/drain') return Response.json({ inFlight, upgrades });
    draining = true;
    const limitMs = Number(new URL(request.url).searchParams.get('limit_ms'));
    if (inFlight > 0) {
      await new Promise<void>((resolve) => {
        whenIdle = resolve;
        setTimeout(resolve, limitMs);
      });
    }
    return Response.json({ inFlight, upgrades });
  }
}

/** A service binding of the user Worker: any call goes to the named account Worker's entrypoint,
 * with the props fixed at upload. What the caller passes can add arguments, never props. */
export class ServiceDoor extends WorkerEntrypoint<DoorEnv, ServiceDoorProps> {
  constructor(ctx: ExecutionContext<ServiceDoorProps>, env: DoorEnv) {
    super(ctx, env);
    return new Proxy(this, {
      get: (target, property) => {
        if (property === 'fetch')
          return (request: Request) => counted(target.#forward('fetch', [request]));
        if (typeof property === 'symbol' || property in target)
          return Reflect.get(target, property);
        return (...args: unknown[]) => counted(target.#forward(property, args));
      },
    });
  }

  async #forward(method: string, args: unknown[]): Promise<unknown> {
    const { service, entrypoint, props } = this.ctx.props;
    const target = await askSupervisor<AccountTarget>(this.env, '/account-worker', { service });
    const stub = this.env.DEBUG_PORT.connect(target.address).getEntrypoint(
      target.service,
      entrypoint,
      props ?? {},
    );
    // Called on the stub itself: on an RPC stub `.apply` would name a property of the far method.
    return stub[method]?.(...args);
  }
}

interface ServiceDoorProps {
  readonly service: string;
  readonly entrypoint?: string;
  readonly props?: Record<string, unknown>;
}

/** The user Worker's only network: its outbound Worker when dispatched with one, else the public
 * internet. Private addresses are never reachable: this Worker's own network refuses them. */
export class Egress extends WorkerEntrypoint<DoorEnv> {
  override async fetch(request: Request): Promise<Response> {
    return counted(this.#send(request));
  }

  async #send(request: Request): Promise<Response> {
    const { limit, target } = await askSupervisor<Outbound>(this.env, '/outbound', {});
    // Cloudflare's own words.
    if (!allowance.spend(limit, Date.now())) throw new Error('Too many subrequests.');
    if (target === undefined) return fetch(request);
    const { address, service, params } = target;
    const stub = this.env.DEBUG_PORT.connect(address).getEntrypoint(service, 'Z0Outbound', {
      params,
    });
    return stub.fetch(request);
  }
}

async function askSupervisor<T>(env: DoorEnv, path: string, body: object): Promise<T> {
  const identity = { namespace: env.NAMESPACE, script: env.SCRIPT };
  const init = { method: 'POST', body: JSON.stringify({ ...body, ...identity }) };
  const response = await env.SUPERVISOR.fetch(`http://supervisor${path}`, init);
  // The supervisor is ours and in the same release: its answers are not parsed further.
  if (!response.ok) throw new Error('The account Worker is not available.');
  return (await response.json()) as T;
}

export default {
  fetch: () => new Response('not found', { status: 404 }),
} satisfies ExportedHandler<DoorEnv>;
