// Listens to one tenant's Worker through the tail that Cloudflare's API opens, and hands on what it
// hears as events. It keeps nothing and knows of no readers.
import {
  closeUserWorkerTail,
  createCloudflareApi,
  type NoTail,
  openUserWorkerTail,
  scriptNameOf,
} from '@z0-app/provisioning';
import type { Env } from '../env.ts';
import { readSecrets } from '../secrets.ts';
import { readTraced } from './read-traced.ts';
import type { TailEvent, TailLoss } from './tail-event.ts';

const PROTOCOL = 'trace-v1';
/**
 * Messages of one Worker that are read in a second. Cloudflare sends fewer, and says itself how many it
 * left out; whatever sends more would cost the platform what nobody can read.
 */
const MAX_MESSAGES = 500;
const WINDOW_MS = 1_000;

export interface TailListener {
  heard(event: TailEvent): void;
  lost(loss: TailLoss): void;
  /** Nothing more comes; not called after `close`. */
  ended(): void;
}

export interface TailSource {
  close(): void;
}

export type OpenedSource =
  | { readonly ok: true; readonly source: TailSource }
  | { readonly ok: false; readonly why: NoTail };

/** From here on the listener hears everything that the tenant's Worker does. */
export async function openTailSource(
  env: Env,
  tenantId: string,
  listener: TailListener,
): Promise<OpenedSource> {
  const secrets = readSecrets(env);
  if (!secrets.ok) return { ok: false, why: 'later' };
  const namespace = env.DISPATCH_NAMESPACE;
  const target = { accountId: env.CLOUDFLARE_ACCOUNT_ID, namespace, tenantId };
  const baseURL = env.CLOUDFLARE_API_BASE_URL;
  const api = createCloudflareApi({ apiToken: secrets.value.apiToken, baseURL });
  const tail = await openUserWorkerTail(api, target);
  if (!tail.ok) {
    const { why, detail } = tail;
    console.warn(JSON.stringify({ level: 'warn', event: 'tail_refused', tenantId, why, detail }));
    return { ok: false, why };
  }
  const socket = await connect(tail.url);
  if (socket === undefined) {
    await closeUserWorkerTail(api, target, tail.id);
    return { ok: false, why: 'later' };
  }
  const script = { script: scriptNameOf(tenantId), namespace };
  return { ok: true, source: listen(socket, script, listener) };
}

async function connect(url: string): Promise<WebSocket | undefined> {
  try {
    const headers = { upgrade: 'websocket', 'sec-websocket-protocol': PROTOCOL };
    // A Worker opens a WebSocket by a fetch, which knows http alone.
    const answer = await fetch(url.replace(/^ws/u, 'http'), { headers });
    return answer.webSocket ?? undefined;
  } catch {
    return undefined;
  }
}

function listen(
  socket: WebSocket,
  whose: { readonly script: string; readonly namespace: string },
  listener: TailListener,
): TailSource {
  let isOpen = true;
  let windowMs = 0;
  let count = 0;
  const end = () => {
    if (isOpen) listener.ended();
    isOpen = false;
  };
  socket.addEventListener('message', ({ data }) => {
    if (!isOpen) return;
    const now = Date.now();
    if (now - windowMs >= WINDOW_MS) [windowMs, count] = [now, 0];
    count += 1;
    if (count > MAX_MESSAGES) return listener.lost({ dropped: 1 });
    const text = data instanceof ArrayBuffer ? new TextDecoder().decode(data) : String(data);
    const read = readTraced(text, whose);
    if (read === undefined) return;
    if ('dropped' in read) listener.lost(read);
    else listener.heard(read);
  });
  socket.addEventListener('close', end);
  socket.addEventListener('error', end);
  socket.accept();
  return {
    close: () => {
      isOpen = false;
      socket.close(1000);
    },
  };
}
