// A tail as the platform opens one through Cloudflare's API, and why there may be none.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCloudflareApi } from '../../provisioning/src/cloudflare-api.ts';
import {
  closeUserWorkerTail,
  openUserWorkerTail,
} from '../../provisioning/src/user-worker-tail.ts';
import { openProject, type TestCloud, upload } from './test-cloud.ts';

let running: TestCloud;
beforeAll(async () => {
  running = await openProject(async (project) => {
    const code = 'export default { fetch: () => new Response("hello") };';
    await upload(project, 'customers', 'tenant-acme', { code });
  });
});
afterAll(() => running.close());

const apiAt = (baseURL: string) =>
  createCloudflareApi({ apiToken: running.cloud.apiToken, baseURL });
const target = (tenantId: string, namespace = 'customers') => {
  return { accountId: running.cloud.accountId, namespace, tenantId };
};

async function whyNot(tenantId: string, namespace?: string): Promise<string> {
  const opened = await openUserWorkerTail(apiAt(running.cloud.apiUrl), target(tenantId, namespace));
  return opened.ok ? 'open' : opened.why;
}

describe('a tail', () => {
  test('has an address to listen at, until it is closed', async () => {
    const api = apiAt(running.cloud.apiUrl);
    const opened = await openUserWorkerTail(api, target('acme'));
    if (!opened.ok) throw new Error(opened.detail);
    const socket = new WebSocket(opened.url, 'trace-v1');
    const closed = new Promise((resolve) => {
      socket.addEventListener('close', resolve);
    });
    await new Promise((resolve) => {
      socket.addEventListener('open', resolve);
    });
    expect(await closeUserWorkerTail(api, target('acme'), opened.id)).toMatchObject({ ok: true });
    await closed;
  });

  test('of a Worker that is not there is none', async () => {
    expect(await whyNot('nobody')).toBe('no_worker');
  });

  test('where the API has no such route is said to be unavailable', async () => {
    expect(await whyNot('acme', 'customers/none')).toBe('unavailable');
  });

  test('beyond as many as a Worker may have has to wait', async () => {
    const opened = [];
    for (let i = 0; i < 11; i += 1) opened.push(await whyNot('acme'));
    expect(opened.filter((answer) => answer === 'open')).toHaveLength(10);
    expect(opened.at(-1)).toBe('too_many');
  });

  test('where nothing answers may be had later', { timeout: 30_000 }, async () => {
    const opened = await openUserWorkerTail(apiAt('http://127.0.0.1:9/client/v4'), target('acme'));
    expect(opened).toMatchObject({ ok: false, why: 'later' });
  });
});
