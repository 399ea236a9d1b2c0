// Versions and deployments of account Workers: uploaded, listed, shown, deployed, rolled back to. One
// version runs at a time; a gradual deployment is refused.
import { type Context, Hono } from 'hono';
import type { Script } from '../state/script-store.ts';
import type { Version } from '../state/version-store.ts';
import { accountScript } from './account-worker-routes.ts';
import type { ApiContext } from './api-context.ts';
import { ApiError, ok, readObject } from './envelope.ts';
import { lastingMetadata } from './script-changes.ts';
import { annotationsOf, checkedUpload, storeUpload, tryUpload } from './store-upload.ts';
import { parseUpload } from './upload.ts';
import { deploymentBody, versionBody } from './version-bodies.ts';

const SCRIPT = '/accounts/:account/workers/scripts/:script';

export function versionRoutes(api: ApiContext): Hono {
  const { versions } = api.scripts;
  return new Hono()
    .get(`${SCRIPT}/versions`, (c) => {
      const items = versions
        .list(accountScript(api, c).uid)
        .map((version) => versionBody(version, versions));
      return ok(c, { items });
    })
    .post(`${SCRIPT}/versions`, (c) => uploadVersion(api, c))
    .get(`${SCRIPT}/versions/:version`, (c) => {
      const version = versionOf(api, accountScript(api, c), c.req.param('version'));
      return ok(c, versionBody(version, versions));
    })
    .patch('/accounts/:account/workers/workers/:script/versions/latest', (c) =>
      changeLatest(api, c),
    )
    .get(`${SCRIPT}/deployments`, (c) => {
      const deployments = versions.deployments(accountScript(api, c).uid).map(deploymentBody);
      return ok(c, { deployments });
    })
    .get(`${SCRIPT}/deployments/:deployment`, (c) => {
      const id = c.req.param('deployment');
      const found = versions.deployments(accountScript(api, c).uid).find((one) => one.id === id);
      if (found === undefined) throw new ApiError(404, 10007, 'The deployment does not exist.');
      return ok(c, deploymentBody(found));
    })
    .post(`${SCRIPT}/deployments`, (c) => deploy(api, c));
}

async function uploadVersion(api: ApiContext, c: Context): Promise<Response> {
  const { name } = accountScript(api, c);
  const parsed = await parseUpload(c.req.raw);
  if (parsed.metadata.migrations !== undefined) {
    const message =
      'Version upload failed. You attempted to upload a version of a Worker that includes a Durable Object migration, but migrations must be fully applied by running "wrangler deploy".';
    throw new ApiError(400, 10211, message);
  }
  const exports = await tryUpload(api, '', name, parsed);
  const version = api.state.transaction(() => {
    const upload = checkedUpload(api, '', name, parsed, exports);
    const annotations = {
      ...annotationsOf(parsed),
      'workers/triggered_by': 'version_upload',
    };
    return api.scripts.versions.record(accountScript(api, c).uid, upload, annotations);
  });
  return ok(c, versionBody(version, api.scripts.versions));
}

/** `wrangler versions secret …`: the newest version once more, with other secrets; not deployed. */
async function changeLatest(api: ApiContext, c: Context): Promise<Response> {
  const { env, annotations } = await readObject(c);
  const { versions } = api.scripts;
  const { uid } = accountScript(api, c);
  const latest = versions.latest(uid);
  if (latest === undefined) throw new ApiError(404, 10222, 'The Worker has no version.');
  const secrets = versions.secrets(latest);
  for (const [name, value] of Object.entries(fieldsOf(env))) {
    const { type, text } = fieldsOf(value);
    if (value === null) secrets.delete(name);
    else if (type === 'secret_text' && typeof text === 'string') secrets.set(name, text);
    else throw new ApiError(400, 10001, `Only secrets can be changed here; ${name} is none.`);
  }
  const content = { ...latest, modules: versions.modules(latest), secrets };
  const said = { ...fieldsOf(annotations), 'workers/triggered_by': 'secret' };
  return ok(c, versionBody(versions.record(uid, content, said), versions));
}

async function deploy(api: ApiContext, c: Context): Promise<Response> {
  const { versions: asked, annotations } = await readObject(c);
  const script = accountScript(api, c);
  const shares: unknown[] = Array.isArray(asked) ? asked : [];
  const [only, ...others] = shares;
  const { version_id: id, percentage } = fieldsOf(only);
  if (others.length > 0 || percentage !== 100) {
    throw new ApiError(
      400,
      10001,
      'Gradual deployments are not offered here: deploy one version at 100 %.',
    );
  }
  const { versions } = api.scripts;
  const version = versionOf(api, script, String(id));
  const modules = versions.modules(version);
  const parsed = {
    ...version,
    metadata: lastingMetadata(version),
    modules,
    secrets: versions.secrets(version),
    tags: undefined,
    strictInherit: false,
  };
  const said = { ...fieldsOf(annotations), 'workers/triggered_by': 'deployment' };
  await storeUpload(api, '', script.name, parsed, { versionId: version.id, annotations: said });
  const [deployed] = versions.deployments(script.uid);
  return ok(c, deployed === undefined ? null : deploymentBody(deployed));
}

function versionOf(api: ApiContext, script: Script, id: string): Version {
  const version = api.scripts.versions.find(script.uid, id);
  if (version === undefined) throw new ApiError(404, 10007, 'The version does not exist.');
  return version;
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
