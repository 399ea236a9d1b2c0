// A Miniflare plugin that gives account Workers a working `dispatch_namespace` binding. Miniflare
// itself has none locally; it loads this file by path, for bindings of type `unsafe:dispatch`.
import { kVoid, type Plugin } from 'miniflare';
import { workerCode } from './worker-code.ts';

export const DISPATCH_PLUGIN = 'z0-dispatch';
const BINDING_TYPE = 'unsafe:dispatch';
const MODULE = 'z0-local:dispatch-namespace';
const SUPERVISOR = 'z0-local:supervisor';

interface DispatchBindingOptions {
  readonly namespace: string;
  readonly supervisorAddress: string;
  readonly outbound: string;
}

type WorkerLike = Parameters<Plugin['getBindings']>[0];

function dispatchBindings(worker: WorkerLike): [string, DispatchBindingOptions][] {
  return Object.entries(worker.config.env ?? {}).flatMap(([name, binding]) => {
    if (binding.type !== BINDING_TYPE || !('dev' in binding)) return [];
    // Written by account-options.ts, the only writer of this binding type.
    const { options } = binding.dev as unknown as { options: DispatchBindingOptions };
    return [[name, options] as [string, DispatchBindingOptions]];
  });
}

export const plugins: Record<string, Plugin> = {
  [DISPATCH_PLUGIN]: {
    bindingTypeDescription: 'Dispatch namespace',
    getBindings: async (worker) =>
      dispatchBindings(worker).map(([name, options]) => ({
        name,
        wrapped: {
          moduleName: MODULE,
          innerBindings: [
            { name: 'debugPort', workerdDebugPort: kVoid },
            { name: 'supervisor', service: { name: SUPERVISOR } },
            { name: 'namespace', text: options.namespace },
            { name: 'outbound', text: options.outbound },
          ],
        },
      })),
    getNodeBindings: () => ({}),
    getServices: async ({ options: worker }) =>
      dispatchBindings(worker)
        .slice(0, 1)
        .map(([, { supervisorAddress }]) => ({
          name: SUPERVISOR,
          external: { address: supervisorAddress, http: {} },
        })),
    getExtensions: async () => [
      { modules: [{ name: MODULE, esModule: workerCode('dispatch-namespace'), internal: true }] },
    ],
  },
};
