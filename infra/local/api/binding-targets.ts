// Refuses an upload whose bindings name what is not there, or what a user Worker cannot have, with
// the code that Cloudflare has for each. It changes nothing.
import type { Binding } from '../state/script-store.ts';
import type { ResourceKind } from '../state/state-store.ts';
import type { ApiContext } from './api-context.ts';
import { ApiError } from './envelope.ts';

/** What a user Worker's process can give it. */
const USER_WORKER_BINDINGS = new Set([
  'durable_object_namespace',
  'json',
  'plain_text',
  'service',
  'version_metadata',
]);

/** What an account Worker can have beyond that. */
const ACCOUNT_WORKER_BINDINGS = new Set([
  ...USER_WORKER_BINDINGS,
  'analytics_engine',
  'd1',
  'dispatch_namespace',
  'kv_namespace',
  'queue',
  'r2_bucket',
  'ratelimit',
  'workflow',
]);

interface Target {
  readonly kind: ResourceKind;
  readonly field: string;
  readonly code: number;
  readonly what: string;
}

const RESOURCES: Readonly<Record<string, Target>> = {
  kv_namespace: { kind: 'kv', field: 'namespace_id', code: 10041, what: 'KV namespace' },
  r2_bucket: { kind: 'r2', field: 'bucket_name', code: 10085, what: 'R2 bucket' },
  d1: { kind: 'd1', field: 'id', code: 10181, what: 'D1 database' },
  queue: { kind: 'queue', field: 'queue_name', code: 11000, what: 'queue' },
};

/** A binding that would silently be missing from `env` is worse than a refused upload. */
export function checkTypes(namespace: string, bindings: readonly Binding[]): void {
  const offered = namespace === '' ? ACCOUNT_WORKER_BINDINGS : USER_WORKER_BINDINGS;
  for (const { name, type, script_name: other } of bindings) {
    if (!offered.has(type)) throw notOffered(namespace, name, type);
    if (type === 'durable_object_namespace' && namespace !== '' && other !== undefined) {
      throw notOffered(namespace, name, `${type} of another script`);
    }
  }
}

function notOffered(namespace: string, name: string, type: string): ApiError {
  const who = namespace === '' ? 'account Workers' : 'user Workers';
  const instead =
    namespace === '' ? 'Leave it out.' : 'Bind a service of an account Worker that has it.';
  const message = `The binding ${name} is of the type ${type}, which ${who} do not have in the embedded Cloudflare. ${instead}`;
  return new ApiError(400, 10021, message);
}

/** Every binding of the script `name` must name something that exists. */
export function checkTargets(api: ApiContext, name: string, bindings: readonly Binding[]): void {
  for (const binding of bindings) {
    if (binding.type === 'service') checkService(api, name, binding);
    else if (binding.type === 'dispatch_namespace') checkNamespace(api, binding);
    else if (binding.type === 'durable_object_namespace') checkOtherClass(api, name, binding);
    else checkResource(api, binding);
  }
}

/** A service binding must name an account Worker that exists, or the script itself. */
function checkService(api: ApiContext, self: string, { name, service }: Binding): void {
  if (service === self || api.scripts.find('', String(service)) !== undefined) return;
  const message = `Service binding '${name}' references Worker '${String(service)}' which was not found. Verify the Worker exists in your account and that the service name in your configuration is correct.`;
  throw new ApiError(400, 10143, message);
}

function checkNamespace(api: ApiContext, { name, namespace }: Binding): void {
  if (api.state.findNamespace(String(namespace)) !== undefined) return;
  const message = `The binding ${name} names the dispatch namespace '${String(namespace)}', which does not exist. Create it first.`;
  throw new ApiError(400, 100119, message);
}

function checkOtherClass(api: ApiContext, self: string, binding: Binding): void {
  const { name, class_name: className, script_name: given = self } = binding;
  const scriptName = String(given);
  if (scriptName === self) return;
  const other = api.scripts.find('', scriptName);
  const classes = other === undefined ? [] : api.scripts.classes(other);
  if (classes.some((one) => one.className === className)) return;
  const message = `Cannot create binding ${name} for class '${String(className)}' in script '${scriptName}' because it is not currently configured to implement Durable Objects.`;
  throw new ApiError(400, 10061, message);
}

function checkResource(api: ApiContext, binding: Binding): void {
  const target = RESOURCES[binding.type];
  if (target === undefined) return;
  const id = String(binding[target.field]);
  if (api.state.findResource(target.kind, id) !== undefined) return;
  const message = `The binding ${binding.name} names the ${target.what} '${id}', which does not exist. Create it first.`;
  throw new ApiError(400, target.code, message);
}
