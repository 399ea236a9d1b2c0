// Versions of account Workers: `wrangler deploy` of one that exists uploads a version, then makes it
// the deployed one. Versions wait in memory; a client that lost one uploads it again.
import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import type { ApiContext } from './api-context.ts';
import { ApiError, ok, readObject } from './envelope.ts';
import { storeUpload } from './store-upload.ts';
import { type ParsedUpload, parseUpload } from './upload.ts';

const SCRIPT = '/accounts/:account/workers/scripts/:script';
const KEPT_VERSIONS = 20;

interface WaitingVersion {
  readonly script: string;
  readonly parsed: ParsedUpload;
}

export function versionRoutes(api: ApiContext): Hono {
  const waiting = new Map<string, WaitingVersion>();
  return new Hono()
    .post(`${SCRIPT}/versions`, async (c) => {
      const script = c.req.param('script');
      if (api.scripts.find('', script) === undefined) {
        throw new ApiError(404, 10007, `The Worker '${script}' does not exist.`);
      }
      const parsed = await parseUpload(c.req.raw);
      const id = randomUUID();
      waiting.set(id, { script, parsed });
      for (const old of [...waiting.keys()].slice(0, -KEPT_VERSIONS)) waiting.delete(old);
      const resources = { script: { etag: parsed.etag }, bindings: parsed.bindings };
      return ok(c, { id, number: waiting.size, metadata: {}, resources, startup_time_ms: 1 });
    })
    .post(`${SCRIPT}/deployments`, async (c) => {
      const script = c.req.param('script');
      const { versions } = await readObject(c);
      const asked: unknown[] = Array.isArray(versions) ? versions : [];
      const [only, ...others] = asked;
      const { version_id: id, percentage }: Record<string, unknown> =
        typeof only === 'object' ? { ...only } : {};
      if (others.length > 0 || percentage !== 100) {
        throw new ApiError(
          400,
          10001,
          'Gradual deployments are not offered here: deploy one version at 100 %.',
        );
      }
      const version = waiting.get(String(id));
      if (version === undefined || version.script !== script) {
        throw new ApiError(404, 10007, 'The version does not exist.');
      }
      await storeUpload(api, '', script, version.parsed);
      waiting.delete(String(id));
      return ok(c, { id: randomUUID(), strategy: 'percentage', versions });
    })
    .patch(`${SCRIPT}/script-settings`, async (c) => ok(c, await readObject(c)));
}
