// Pure: the workerd configuration of one user Worker's process: its code, its own storage, and the
// door that is its only connection. No other tenant, no account resource appears in it.
import type { Config, ServiceDesignator, Worker, Worker_Binding, Worker_Module } from 'miniflare';
import { HttpOptions_Style, kVoid } from 'miniflare';
import type { Binding, DurableObjectClass, ScriptModule } from '../state/script-store.ts';
import { workerCode } from './worker-code.ts';

export interface UserWorkerCode {
  readonly metadata: Record<string, unknown>;
  readonly etag: string;
  /** Missing as long as it is only tried. */
  readonly modifiedOn?: string;
  readonly bindings: readonly Binding[];
  readonly modules: readonly ScriptModule[];
  readonly secrets: ReadonlyMap<string, string>;
  readonly classes: readonly DurableObjectClass[];
}

export interface UserWorkerPlace {
  readonly namespace: string;
  readonly script: string;
  readonly storageDir: string;
  readonly frontAddress: string;
  readonly frontToken: string;
  readonly supervisorAddress: string;
  /** Whether it says what it does, which costs every request something. */
  readonly isTailed: boolean;
}

// The plan's 128 MB, held by V8 itself: it collects before the limit and ends the process beyond it.
const V8_FLAGS = ['--max-old-space-size=128'];

/** Everything a live user Worker's process serves. */
export function userWorkerConfig(code: UserWorkerCode, place: UserWorkerPlace): Config {
  return {
    services: [
      {
        name: 'user',
        worker: {
          ...userWorker(code),
          durableObjectStorage: { localDisk: 'storage' },
          globalOutbound: { name: 'door', entrypoint: 'Egress' },
          ...(place.isTailed && { tails: [tailDesignator(place)] }),
        },
      },
      ...(place.isTailed ? [{ name: 'tail', worker: tailWorker() }] : []),
      { name: 'door', worker: doorWorker(place) },
      { name: 'storage', disk: { path: place.storageDir, writable: true } },
      { name: 'supervisor', external: { address: place.supervisorAddress, http: {} } },
      { name: 'public', network: { allow: ['public'], tlsOptions: { trustBrowserCas: true } } },
    ],
    v8Flags: V8_FLAGS,
    sockets: [
      {
        name: 'front',
        address: place.frontAddress,
        http: { style: HttpOptions_Style.PROXY },
        service: { name: 'door', entrypoint: 'Front' },
      },
      {
        name: 'control',
        // Its address is given on the command line.
        http: {},
        service: { name: 'door', entrypoint: 'Control' },
      },
    ],
  };
}

function tailDesignator({ namespace, script }: UserWorkerPlace): ServiceDesignator {
  return { name: 'tail', props: { json: JSON.stringify({ namespace, script }) } };
}

function tailWorker(): Worker {
  return {
    compatibilityDate: '2026-10-01',
    modules: [{ name: 'tail.js', esModule: workerCode('tail') }],
    bindings: [{ name: 'SUPERVISOR', service: { name: 'supervisor' } }],
  };
}

/** The user Worker itself, without storage or network. */
export function userWorker(code: UserWorkerCode): Worker {
  const { metadata, classes, secrets } = code;
  const { compatibility_date: date, compatibility_flags: flags } = metadata;
  return {
    compatibilityDate: typeof date === 'string' ? date : '2026-10-01',
    compatibilityFlags: Array.isArray(flags) ? flags.map(String) : [],
    modules: code.modules.map(toModule),
    bindings: [
      ...code.bindings.flatMap((binding) => toBinding(binding, code)),
      ...[...secrets].map(([name, text]) => ({ name, text })),
    ],
    durableObjectNamespaces: classes.map(({ className, uniqueKey }) => ({
      className,
      uniqueKey,
      enableSql: true,
    })),
  };
}

function toModule({ name, type, content }: ScriptModule): Worker_Module {
  const text = (): string => new TextDecoder().decode(content);
  if (type.startsWith('application/wasm')) return { name, wasm: content };
  if (type.startsWith('application/octet-stream')) return { name, data: content };
  if (type.startsWith('application/json')) return { name, json: text() };
  if (type.startsWith('text/')) return { name, text: text() };
  return { name, esModule: text() };
}

function toBinding(binding: Binding, code: UserWorkerCode): Worker_Binding[] {
  const own = ownBinding(binding, code);
  if (own !== undefined) return [own];
  if (binding.type !== 'service') return [];
  const { name, service, entrypoint, props } = binding;
  const doorProps = JSON.stringify({ service, entrypoint, props });
  const designator = { name: 'door', entrypoint: 'ServiceDoor', props: { json: doorProps } };
  return [{ name, service: designator }];
}

/** A binding that leads to nothing outside the script. */
export function ownBinding(binding: Binding, code: UserWorkerCode): Worker_Binding | undefined {
  const { name, type } = binding;
  switch (type) {
    case 'plain_text':
      return { name, text: String(binding.text) };
    case 'json':
      return { name, json: JSON.stringify(binding.json) };
    case 'version_metadata': {
      const { etag: id, modifiedOn: timestamp = new Date().toISOString() } = code;
      return { name, json: JSON.stringify({ id, tag: '', timestamp }) };
    }
    case 'durable_object_namespace': {
      const className = String(binding.class_name);
      const isOwn = code.classes.some((one) => one.className === className);
      if (binding.script_name !== undefined || !isOwn) return undefined;
      return { name, durableObjectNamespace: { className } };
    }
    default:
      return undefined;
  }
}

function doorWorker(place: UserWorkerPlace): Worker {
  return {
    compatibilityDate: '2026-10-01',
    modules: [{ name: 'door.js', esModule: workerCode('door') }],
    bindings: [
      { name: 'USER', service: { name: 'user' } },
      { name: 'SUPERVISOR', service: { name: 'supervisor' } },
      { name: 'DEBUG_PORT', workerdDebugPort: kVoid },
      { name: 'NAMESPACE', text: place.namespace },
      { name: 'SCRIPT', text: place.script },
      { name: 'FRONT_TOKEN', text: place.frontToken },
    ],
    globalOutbound: { name: 'public' },
  };
}
