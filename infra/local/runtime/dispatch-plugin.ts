// A Miniflare plugin that gives account Workers a working `dispatch_namespace` binding. Miniflare
// itself has none locally; it loads this file by path, for bindings of type `unsafe:dispatch`.
import { HttpOptions_Style, type MiniflareOptions, type Plugin } from 'miniflare';
import type { CallLimits } from '../worker-code/call-limits.ts';
import { workerCode } from './worker-code.ts';

export const DISPATCH_PLUGIN = 'z0-dispatch';
const BINDING_TYPE = 'unsafe:dispatch';
const MODULE = 'z0-local:dispatch-namespace';
const SUPERVISOR = 'z0-local:supervisor';
const slotService = (slot: number): string => `z0-local:slot:${slot}`;

interface DispatchBindingOptions {
  readonly namespace: string;
  readonly supervisorAddress: string;
  /** Unix sockets on which processes of user Workers listen, by slot. */
  readonly slotAddresses: readonly string[];
  readonly outbound: string;
  readonly limits: CallLimits;
}

type WorkerConfig = Pick<MiniflareOptions['workers'][number], 'config'>;

function dispatchBindings(worker: WorkerConfig): [string, DispatchBindingOptions][] {
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
            { name: 'supervisor', service: { name: SUPERVISOR } },
            { name: 'namespace', text: options.namespace },
            { name: 'outbound', text: options.outbound },
            { name: 'limits', text: JSON.stringify(options.limits) },
            ...options.slotAddresses.map((_, slot) => ({
              name: `slot${slot}`,
              service: { name: slotService(slot) },
            })),
          ],
        },
      })),
    getNodeBindings: () => ({}),
    getServices: async ({ options: worker }) =>
      dispatchBindings(worker)
        .slice(0, 1)
        .flatMap(([, { supervisorAddress, slotAddresses }]) => [
          { name: SUPERVISOR, external: { address: supervisorAddress, http: {} } },
          ...slotAddresses.map((address, slot) => ({
            name: slotService(slot),
            // Proxy style sends the whole URL, so that it arrives unchanged.
            external: { address, http: { style: HttpOptions_Style.PROXY } },
          })),
        ]),
    getExtensions: async () => [
      { modules: [{ name: MODULE, esModule: workerCode('dispatch-namespace'), internal: true }] },
    ],
  },
};
