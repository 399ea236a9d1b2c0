// One embedded Cloudflare in a temporary folder, with the official SDK as its client. Every file
// that needs one opens its own and closes it.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Cloudflare from 'cloudflare';
import {
  type LocalCloudflare,
  type LocalCloudflareOptions,
  startLocalCloudflare,
} from '../../infra/local/local-cloudflare.ts';

export interface TestCloud {
  readonly cloud: LocalCloudflare;
  readonly stateDir: string;
  /** Lines it reported for a person to read. */
  readonly reported: string[];
  readonly client: Cloudflare;
  readonly account: { readonly account_id: string };
  close(): Promise<void>;
}

export type Limits = Pick<LocalCloudflareOptions, 'lifeCycle' | 'callLimits'>;

export interface Upload {
  /** Name of the main module: code. */
  readonly code: string;
  readonly metadata?: Record<string, unknown>;
  /** Further modules by name. */
  readonly modules?: Record<string, string>;
}

export const makeStateDir = (): string => realpathSync(mkdtempSync(join(tmpdir(), 'z0-test-')));

/** `stateDir` is kept on close when it is given, so that it can be started again. */
export async function openCloud(stateDir?: string, limits: Limits = {}): Promise<TestCloud> {
  const folder = stateDir ?? makeStateDir();
  const reported: string[] = [];
  const report = (line: string): void => void reported.push(line);
  const options = { stateDir: folder, portBase: 0, report, ...limits };
  const cloud = await startLocalCloudflare(options);
  const { accountId, apiToken, apiUrl } = cloud;
  const client = new Cloudflare({ apiToken, baseURL: apiUrl, maxRetries: 0, timeout: 30_000 });
  const close = async (): Promise<void> => {
    await cloud.close();
    if (stateDir === undefined) rmSync(folder, { recursive: true, force: true });
  };
  return { cloud, stateDir: folder, reported, client, account: { account_id: accountId }, close };
}

export const scriptsPath = ({ account }: TestCloud, namespace: string): string => {
  const base = `/accounts/${account.account_id}/workers`;
  return namespace === '' ? `${base}/scripts` : `${base}/dispatch/namespaces/${namespace}/scripts`;
};

/** Uploads as wrangler does; `namespace` `''` makes an account Worker. */
export async function upload(
  test: TestCloud,
  namespace: string,
  name: string,
  { code, metadata = {}, modules = {} }: Upload,
): Promise<Record<string, unknown>> {
  const form = new FormData();
  const document = { main_module: 'index.js', compatibility_date: '2026-10-01', ...metadata };
  form.set('metadata', JSON.stringify(document));
  for (const [file, text] of Object.entries({ 'index.js': code, ...modules })) {
    form.set(file, new File([text], file, { type: 'application/javascript+module' }), file);
  }
  const path = `${scriptsPath(test, namespace)}/${name}`;
  const answer = await test.client.put<{ result: Record<string, unknown> }>(path, { body: form });
  return answer.result;
}

/** A cloud with the namespace `customers`; `setUp` fills it, then every account Worker runs. */
export async function openProject(
  setUp: (test: TestCloud) => Promise<unknown>,
  stateDir?: string,
  limits: Limits = {},
): Promise<TestCloud> {
  const test = await openCloud(stateDir, limits);
  const { namespaces } = test.client.workersForPlatforms.dispatch;
  await namespaces.create({ ...test.account, name: 'customers' });
  await setUp(test);
  await test.cloud.ready();
  return test;
}

export type Init = RequestInit & { readonly duplex?: 'half' };
export type Send = (script: string, path: string, init?: Init) => Promise<Response>;

/** Sends through the account Worker `router` to the user Worker that `x-script` names. */
export const sender =
  ({ cloud }: TestCloud): Send =>
  (script, path, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set('x-script', script);
    return fetch(`${cloud.workerUrl('router')}${path}`, { ...init, headers });
  };

/** Waits for `look` to answer something, and says what was waited for when it never does. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  limitMs = 15_000,
): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > deadline)
      throw new TypeError(`waited ${limitMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
