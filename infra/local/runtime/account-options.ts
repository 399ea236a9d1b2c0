// Pure: what Miniflare is told to run, from what was uploaded. It starts nothing.
import type { MiniflareOptions } from 'miniflare';
import type { Binding, Script, ScriptStore } from '../state/script-store.ts';
import type { StateStore } from '../state/state-store.ts';
import type { CallLimits } from '../worker-code/call-limits.ts';
import { DISPATCH_PLUGIN } from './dispatch-plugin.ts';
import { workerCode } from './worker-code.ts';

export type WorkerOptions = MiniflareOptions['workers'][number];
type Env = NonNullable<WorkerOptions['config']['env']>;
type JsonValue = Extract<Env[string], { type: 'json' }>['value'];
type Exports = NonNullable<WorkerOptions['config']['exports']>;

export interface AccountPlan {
  readonly supervisorAddress: string;
  /** Unix sockets on which processes of user Workers listen, by slot. */
  readonly slotAddresses: readonly string[];
  /** Of every dispatched call. */
  readonly callLimits: CallLimits;
  /** The fixed port of a Worker's own socket. */
  readonly portOf: (script: string) => number;
  /** Whether they say what they do, which costs every request something. */
  readonly isTailed: boolean;
}

/** Holds a binding to every resource, so that the API can reach their data. */
export const RESOURCES_WORKER = 'z0-local-resources';
const TAIL_WORKER = 'z0-local-tail';
const EGRESS_WORKER = 'z0-local-public-egress';
const COMPATIBILITY_DATE = '2026-10-01';
const PLUGIN_PATH = new URL('./dispatch-plugin.ts', import.meta.url).pathname;

export const kvBinding = (id: string): string => `KV_${id}`;
export const d1Binding = (id: string): string => `D1_${id.replaceAll('-', '_')}`;
export const r2Binding = (name: string): string => `R2_${name}`;

/** Every account Worker, plus the two that the embedded Cloudflare needs itself. */
export function accountWorkers(
  state: StateStore,
  scripts: ScriptStore,
  plan: AccountPlan,
): WorkerOptions[] {
  const all = scripts.list('');
  const outbound = new Set(all.flatMap((script) => script.bindings.map(outboundService)));
  const workers = all.map((script) => accountWorker(state, scripts, script, plan, outbound));
  const own = [resourcesWorker(state), egressWorker()];
  if (plan.isTailed) own.push(tailWorker(plan));
  return [...own, ...workers];
}

function accountWorker(
  state: StateStore,
  scripts: ScriptStore,
  script: Script,
  plan: AccountPlan,
  outbound: ReadonlySet<string>,
): WorkerOptions {
  const isOutbound = outbound.has(script.name);
  const { compatibility_date: date, compatibility_flags: flags } = script.metadata;
  const env: Env = {};
  const exports: Exports = {};
  for (const { className, uniqueKey } of scripts.classes(script)) {
    exports[className] = { type: 'durable-object', storage: 'sqlite', unsafeUniqueKey: uniqueKey };
  }
  for (const [name, value] of scripts.secrets(script)) env[name] = { type: 'text', value };
  for (const binding of script.bindings) {
    const entry = toEnv(binding, script.name, plan);
    if (entry !== undefined) env[binding.name] = entry;
    if (binding.type === 'workflow' && binding.script_name === undefined) {
      exports[String(binding.class_name)] = {
        type: 'workflow',
        name: String(binding.workflow_name),
      };
    }
  }
  return {
    config: {
      name: script.name,
      compatibilityDate: typeof date === 'string' ? date : COMPATIBILITY_DATE,
      compatibilityFlags: stringList(flags),
      manifest: manifestOf(scripts, script, isOutbound),
      env,
      exports,
      ...(plan.isTailed && { tailConsumers: [tailConsumer(script.name)] }),
      triggers: [
        { type: 'fetch', pattern: `${script.name}.workers.localhost/*` },
        ...queueTriggers(state, script.name),
      ],
    },
    dev: {
      unsafeDirectSockets: [{ host: '127.0.0.1', port: plan.portOf(script.name) }],
      ...(isOutbound ? { outboundService: { type: 'worker', worker: EGRESS_WORKER } } : {}),
    },
  };
}

function manifestOf(
  scripts: ScriptStore,
  script: Script,
  isOutbound: boolean,
): NonNullable<WorkerOptions['config']['manifest']> {
  const main = String(script.metadata.main_module);
  const modules = Object.fromEntries(
    scripts.modules(script).map(({ name, type, content }) => [name, moduleOf(type, content)]),
  );
  if (!isOutbound) return { mainModule: main, modules };
  const entry = 'z0-local-outbound-entry.js';
  const code = workerCode('outbound-entry').replaceAll('z0:uploaded-main', `./${main}`);
  return { mainModule: entry, modules: { ...modules, [entry]: { type: 'esm', contents: code } } };
}

type ManifestModule = NonNullable<WorkerOptions['config']['manifest']>['modules'][string];

function moduleOf(mimeType: string, content: Uint8Array): ManifestModule {
  const text = (): string => new TextDecoder().decode(content);
  if (mimeType.startsWith('application/wasm'))
    return { type: 'wasm', contents: Uint8Array.from(content) };
  if (mimeType.startsWith('application/octet-stream'))
    return { type: 'data', contents: Uint8Array.from(content) };
  if (mimeType.startsWith('application/json')) return { type: 'json', contents: text() };
  if (mimeType.startsWith('text/')) return { type: 'text', contents: text() };
  return { type: 'esm', contents: text() };
}

function toEnv(binding: Binding, self: string, plan: AccountPlan): Env[string] | undefined {
  const text = (field: string): string => String(binding[field]);
  switch (binding.type) {
    case 'plain_text':
      return { type: 'text', value: text('text') };
    case 'json':
      // The metadata part was parsed from JSON.
      return { type: 'json', value: binding.json as JsonValue };
    case 'kv_namespace':
      return { type: 'kv', id: text('namespace_id') };
    case 'd1':
      return { type: 'd1', id: text('id') };
    case 'r2_bucket':
      return { type: 'r2', name: text('bucket_name') };
    case 'queue':
      return {
        type: 'queue',
        name: text('queue_name'),
        ...(typeof binding.delivery_delay === 'number' && {
          deliveryDelay: binding.delivery_delay,
        }),
      };
    case 'analytics_engine':
      return { type: 'analytics-engine-dataset', name: text('dataset') };
    case 'version_metadata':
      return { type: 'version-metadata' };
    case 'service':
      return {
        type: 'worker',
        worker: text('service'),
        ...(binding.entrypoint === undefined ? {} : { exportName: text('entrypoint') }),
        // The metadata part was parsed from JSON.
        ...(binding.props === undefined ? {} : { props: binding.props as Record<string, unknown> }),
      };
    case 'durable_object_namespace': {
      const worker = binding.script_name === undefined ? self : text('script_name');
      return { type: 'durable-object', worker, exportName: text('class_name') };
    }
    case 'workflow': {
      const worker = binding.script_name === undefined ? self : text('script_name');
      return {
        type: 'workflow',
        name: text('workflow_name'),
        worker,
        exportName: text('class_name'),
      };
    }
    case 'ratelimit':
      return rateLimit(binding);
    case 'dispatch_namespace':
      return dispatch(binding, plan);
    default:
      return undefined;
  }
}

function rateLimit(binding: Binding): Env[string] {
  // The shape `{limit, period}` is Cloudflare's own; wrangler checked it before the upload.
  const { limit, period } = binding.simple as { limit: number; period: 10 | 60 };
  return { type: 'rate-limit', namespace: String(binding.namespace_id), simple: { limit, period } };
}

function dispatch(binding: Binding, plan: AccountPlan): Env[string] {
  const service = outboundService(binding);
  const params = outboundParams(binding);
  const options = {
    namespace: String(binding.namespace),
    supervisorAddress: plan.supervisorAddress,
    slotAddresses: [...plan.slotAddresses],
    outbound: service === '' ? '' : JSON.stringify({ service, params }),
    limits: { ...plan.callLimits },
  };
  const plugin = { package: PLUGIN_PATH, name: DISPATCH_PLUGIN };
  return { type: 'unsafe:dispatch', dev: { plugin, options } };
}

interface OutboundConfig {
  readonly worker?: { readonly service?: string };
  readonly params?: readonly { readonly name: string }[];
}

function outboundService(binding: Binding): string {
  if (binding.type !== 'dispatch_namespace') return '';
  return (binding.outbound as OutboundConfig | undefined)?.worker?.service ?? '';
}

function outboundParams(binding: Binding): string[] {
  return ((binding.outbound as OutboundConfig | undefined)?.params ?? []).map(({ name }) => name);
}

function queueTriggers(
  state: StateStore,
  script: string,
): NonNullable<WorkerOptions['config']['triggers']> {
  return state.listResources('queue').flatMap((queue) =>
    state
      .listQueueConsumers(queue.id)
      .filter(({ scriptName }) => scriptName === script)
      .map(({ settings }) => {
        const dead = settings.dead_letter_queue;
        const wait = settings.max_wait_time_ms;
        return {
          type: 'queue' as const,
          name: queue.name,
          ...(typeof dead === 'string' ? { deadLetterQueue: dead } : {}),
          ...(typeof settings.batch_size === 'number' ? { maxBatchSize: settings.batch_size } : {}),
          ...(typeof settings.max_retries === 'number' ? { maxRetries: settings.max_retries } : {}),
          ...(typeof wait === 'number' ? { maxBatchTimeout: wait / 1000 } : {}),
        };
      }),
  );
}

function resourcesWorker(state: StateStore): WorkerOptions {
  const env: Env = {};
  for (const { id } of state.listResources('kv')) env[kvBinding(id)] = { type: 'kv', id };
  for (const { id } of state.listResources('d1')) env[d1Binding(id)] = { type: 'd1', id };
  for (const { name } of state.listResources('r2')) env[r2Binding(name)] = { type: 'r2', name };
  const contents = 'export default { fetch: () => new Response("not found", { status: 404 }) }';
  const modules = { 'index.js': { type: 'esm' as const, contents } };
  const manifest = { mainModule: 'index.js', modules };
  return {
    config: { name: RESOURCES_WORKER, compatibilityDate: COMPATIBILITY_DATE, manifest, env },
  };
}

function egressWorker(): WorkerOptions {
  const contents = workerCode('public-egress');
  const manifest = {
    mainModule: 'index.js',
    modules: { 'index.js': { type: 'esm' as const, contents } },
  };
  const env: Env = {
    PUBLIC_NETWORK: { type: 'network', allow: ['public'], tlsOptions: { trustBrowserCas: true } },
  };
  return { config: { name: EGRESS_WORKER, compatibilityDate: COMPATIBILITY_DATE, manifest, env } };
}

function tailConsumer(
  script: string,
): NonNullable<WorkerOptions['config']['tailConsumers']>[number] {
  return { worker: TAIL_WORKER, props: { namespace: '', script } };
}

function tailWorker({ supervisorAddress }: AccountPlan): WorkerOptions {
  const contents = workerCode('tail');
  const modules = { 'index.js': { type: 'esm' as const, contents } };
  const manifest = { mainModule: 'index.js', modules };
  const env: Env = { SUPERVISOR: { type: 'external', address: supervisorAddress, http: {} } };
  return { config: { name: TAIL_WORKER, compatibilityDate: COMPATIBILITY_DATE, manifest, env } };
}

function stringList(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
