// Secrets of account Workers and of user Workers: written, named, deleted; no route answers a text.
import { type Context, Hono } from 'hono';
import type { Script, SecretChange } from '../state/script-store.ts';
import type { ApiContext } from './api-context.ts';
import { ApiError, ok, okList, readObject, stringField } from './envelope.ts';
import { nameInUse } from './inherited-bindings.ts';
import { secretText } from './upload.ts';

const body = (name: string): Record<string, string> => ({ name, type: 'secret_text' });

/** Below `base`, the path of a script that `find` resolves. */
export function secretRoutes(api: ApiContext, base: string, find: (c: Context) => Script): Hono {
  const names = (script: Script): string[] => [...api.scripts.secrets(script).keys()];
  const change = async (script: Script, changes: readonly SecretChange[]): Promise<void> => {
    checkChanges(api, script, changes);
    api.scripts.changeSecrets(script, changes);
    if (script.namespace === '') api.runtime.accountChanged();
    else await api.runtime.userWorkerReplaced(script);
  };
  return new Hono()
    .get(`${base}/secrets`, (c) => okList(c, names(find(c)).map(body)))
    .put(`${base}/secrets`, async (c) => {
      const request = await readObject(c);
      const name = stringField(request, 'name');
      const { type } = request;
      const text = secretText(name, request.text);
      await change(find(c), [secretChange([name, { type, text }])]);
      return ok(c, body(name));
    })
    .get(`${base}/secrets/:name`, (c) => ok(c, body(known(api, find(c), c.req.param('name')))))
    .delete(`${base}/secrets/:name`, async (c) => {
      const script = find(c);
      await change(script, [{ name: known(api, script, c.req.param('name')), text: null }]);
      return ok(c, null);
    })
    .patch(`${base}/secrets-bulk`, async (c) => {
      const request = await readObject(c);
      const script = find(c);
      const { secrets = request } = request;
      if (typeof secrets !== 'object' || secrets === null || Array.isArray(secrets)) {
        throw new ApiError(400, 10001, 'The field "secrets" must be an object of names.');
      }
      await change(script, Object.entries(secrets).map(secretChange));
      return ok(c, Object.fromEntries(names(script).map((name) => [name, body(name)])));
    });
}

function known(api: ApiContext, script: Script, name: string): string {
  if (api.scripts.secrets(script).has(name)) return name;
  const message = `Binding '${name}' not found. Please use a different name and try again.`;
  throw new ApiError(404, 10056, message);
}

function checkChanges(api: ApiContext, script: Script, changes: readonly SecretChange[]): void {
  const { versions } = api.scripts;
  const latest = versions.latest(script.uid);
  if (latest !== undefined && latest.id !== versions.deployments(script.uid)[0]?.versionId) {
    const message =
      "Secret edit failed. You attempted to modify a secret, but the latest version of your Worker isn't currently deployed. Please ensure that the latest version of your Worker is fully deployed before modifying secrets.";
    throw new ApiError(400, 10215, message);
  }
  const bound = new Set(script.bindings.map(({ name }) => name));
  const taken = changes.find(({ name, text }) => text !== null && bound.has(name));
  if (taken !== undefined) throw nameInUse(taken.name);
}

/** JSON Merge Patch: `null` deletes, `{type: "secret_text", text}` or a text sets. */
function secretChange([name, value]: [string, unknown]): SecretChange {
  if (name === '') throw new ApiError(400, 10001, 'A secret needs a name.');
  if (value === null) return { name, text: null };
  const { text, type = 'secret_text' }: Record<string, unknown> =
    typeof value === 'object' ? { ...value } : { text: value };
  if (type !== 'secret_text') {
    const message = `The secret ${JSON.stringify(name)} has the type ${String(type)}; only secret_text is offered here.`;
    throw new ApiError(400, 10001, message);
  }
  if (typeof text !== 'string') {
    throw new ApiError(400, 10001, `The secret ${JSON.stringify(name)} needs a text, or null.`);
  }
  return { name, text };
}
