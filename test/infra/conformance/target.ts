// The API that the expectations are held against: the embedded Cloudflare, started here, or Cloudflare
// itself when `Z0_CLOUD_ACCOUNT` and `Z0_CLOUD_TOKEN` are set. Whatever it makes has a name of its own
// and goes at the end; it touches nothing else in the account.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCloud, type Upload, until } from '../test-cloud.ts';
import { dispatcher } from '../workers.ts';
import { LEFT_OVER_AFTER_MS, removeLeftOvers } from './left-overs.ts';
import { wranglerForm } from './uploads.ts';
import { type Answer, call, resultOf } from './wire.ts';

export interface Limits {
  readonly cpuMs?: number;
  readonly subRequests?: number;
}

export interface Api {
  /** Ends in `/client/v4`. */
  readonly baseUrl: string;
  readonly accountId: string;
  readonly token: string;
  readonly isReal: boolean;
  /** Where an account Worker answers. */
  workerUrl(worker: string): Promise<string>;
  close(): Promise<void>;
}

/** One run against an API: what it may lean on, and what it has to take away again. */
export interface ConformanceTarget extends Api {
  /** A dispatch namespace, fresh for this run. */
  readonly namespace: string;
  /** An account Worker that is there; services may be bound to it. */
  readonly platform: string;
  /** A folder for files of this run. */
  readonly folder: string;
  /** A name that nothing in the account has. */
  fresh(kind: string): string;
  /** A call below the account: `/workers/…`. */
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** Below the account: the user Worker `script` of the namespace; `''`: all of them. */
  scriptPath(script: string, rest?: string): string;
  /** Uploads a user Worker in wrangler's dialect. */
  upload(script: string, upload: Upload): Promise<Answer>;
  /** Deletes what `path` names when all is done. */
  deleteLater(path: string): void;
  /** Asks the user Worker `script` through a dispatching account Worker. */
  dispatch(script: string, path?: string, limits?: Limits): Promise<Response>;
  /** Asks an account Worker. */
  ask(worker: string, path?: string): Promise<Response>;
  /** Looks until the answer is there: at once here; Cloudflare takes its time to spread a change. */
  settled<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T>;
  /** Takes away what was made, and closes the API. */
  stop(): Promise<void>;
}

const PLAIN: Upload = { code: 'export default { fetch: () => new Response("platform") }' };
/** What the dispatching Worker answers when the user Worker did not. */
export const NO_ANSWER = 530;
const REAL_PATIENCE_MS = 60_000;
const LOCAL_PATIENCE_MS = 15_000;

export const openTarget = async (): Promise<ConformanceTarget> => openRun(await openApi());

/** Sets up what the expectations lean on: a namespace and two account Workers. */
export async function openRun(api: Api): Promise<ConformanceTarget> {
  const target = targetOf(api);
  try {
    if (target.isReal) await removeLeftOvers(target, Date.now() - LEFT_OVER_AFTER_MS);
    await setUp(target);
    return target;
  } catch (error) {
    await target.stop();
    throw error;
  }
}

async function openApi(): Promise<Api> {
  const { Z0_CLOUD_ACCOUNT: accountId, Z0_CLOUD_TOKEN: token } = process.env;
  if (accountId !== undefined && token !== undefined) return realApi(accountId, token);
  if (accountId !== undefined || token !== undefined) {
    throw new TypeError('set both Z0_CLOUD_ACCOUNT and Z0_CLOUD_TOKEN, or neither');
  }
  const opened = await openCloud();
  const { accountId: account, apiToken, apiUrl } = opened.cloud;
  return {
    baseUrl: apiUrl,
    accountId: account,
    token: apiToken,
    isReal: false,
    workerUrl: async (worker) => {
      await opened.cloud.ready();
      return opened.cloud.workerUrl(worker);
    },
    close: () => opened.close(),
  };
}

function realApi(accountId: string, token: string): Api {
  const baseUrl = 'https://api.cloudflare.com/client/v4';
  const ask = (method: string, path: string, body?: unknown): Promise<Answer> =>
    call({ baseUrl, token }, method, `/accounts/${accountId}/workers${path}`, body);
  const workerUrl = async (worker: string): Promise<string> => {
    // Parse edge: the account's workers.dev name.
    const { subdomain } = resultOf(await ask('GET', '/subdomain')) as { subdomain: string };
    resultOf(await ask('POST', `/scripts/${worker}/subdomain`, { enabled: true }));
    return `https://${worker}.${subdomain}.workers.dev`;
  };
  return { baseUrl, accountId, token, isReal: true, workerUrl, close: async () => {} };
}

function targetOf(api: Api): ConformanceTarget {
  // Every name says when it was made, for `removeLeftOvers`.
  const run = `z0c-${Date.now().toString(36)}-${randomBytes(3).toString('hex')}`;
  let count = 0;
  const doomed: string[] = [];
  const namespace = `${run}-tenants`;
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'z0-conformance-')));
  const urls = new Map<string, Promise<string>>();
  const below: ConformanceTarget['call'] = (method, path, ...rest) =>
    call(api, method, `/accounts/${api.accountId}${path}`, ...rest);
  const scriptPath = (script: string, rest = ''): string => {
    const scripts = `/workers/dispatch/namespaces/${namespace}/scripts`;
    return `${scripts}${script === '' ? '' : `/${script}`}${rest}`;
  };
  const ask = async (worker: string, path = '/', headers = {}): Promise<Response> => {
    const url = urls.get(worker) ?? api.workerUrl(worker);
    if (api.isReal) urls.set(worker, url);
    return fetch(`${await url}${path}`, { headers });
  };
  return {
    ...api,
    namespace,
    platform: `${run}-platform`,
    folder,
    fresh: (kind) => `${run}-${kind}-${(count += 1)}`,
    call: below,
    scriptPath,
    upload: (script, given) => below('PUT', scriptPath(script), wranglerForm(given)),
    deleteLater: (path) => void doomed.push(path),
    dispatch: (script, path, limits) => {
      const options = JSON.stringify(limits === undefined ? {} : { limits });
      return ask(`${run}-router`, path, { 'x-script': script, 'x-options': options });
    },
    ask,
    settled: (what, look) =>
      api.isReal
        ? // A new address may not even resolve at first.
          until(what, () => look().catch(() => undefined), REAL_PATIENCE_MS)
        : until(what, look, LOCAL_PATIENCE_MS),
    async stop() {
      // Last made, first deleted. One that is gone already is no reason to leave the others.
      for (const path of doomed.toReversed()) {
        const { status, text } = await below('DELETE', path);
        if (status >= 400 && status !== 404) console.warn(`${path} stays: ${status} ${text}`);
      }
      rmSync(folder, { recursive: true, force: true });
      await api.close();
    },
  };
}

async function setUp(target: ConformanceTarget): Promise<void> {
  const { namespace, platform } = target;
  target.deleteLater(`/workers/dispatch/namespaces/${namespace}`);
  resultOf(await target.call('POST', '/workers/dispatch/namespaces', { name: namespace }));
  const routerName = platform.replace(/platform$/, 'router');
  const bindings = [{ type: 'dispatch_namespace', name: 'DISPATCHER', namespace }];
  const router: Upload = { code: dispatcher().code, metadata: { bindings } };
  for (const [name, worker] of Object.entries({ [platform]: PLAIN, [routerName]: router })) {
    target.deleteLater(`/workers/scripts/${name}?force=true`);
    resultOf(await target.call('PUT', `/workers/scripts/${name}`, wranglerForm(worker)));
  }
  await target.settled('the dispatcher', async () => {
    return (await target.dispatch('nobody')).status === NO_ANSWER;
  });
}
