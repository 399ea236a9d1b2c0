// Pure: the bindings of code that is only tried. Values are as uploaded; whatever leads out of the
// Worker is there by name and does nothing, so that code which touches it while it starts does not fail.
import type { Extension, Worker_Binding } from 'miniflare';
import type { Binding } from '../state/script-store.ts';
import { ownBinding, type UserWorkerCode } from './user-worker-config.ts';

/** A service that answers nothing; the trial's configuration holds it. */
export const SILENT_SERVICE = 'silent';
const MODULE = 'z0-local:inert-binding';

export const silentCode = 'export default { fetch: () => new Response(null, { status: 503 }) };';

/** What other bindings are made of: every property of it, and what a call of it answers, is it again. */
const INERT = `
export default () => {
  const inert = new Proxy(function inert() {}, {
    get(_target, name) {
      // No promise, or to await it would never end.
      if (name === 'then') return undefined;
      if (name === Symbol.toPrimitive) return () => 'inert';
      if (name === Symbol.iterator) return [][Symbol.iterator].bind([]);
      return typeof name === 'symbol' ? undefined : inert;
    },
    apply: () => inert,
    construct: () => inert,
  });
  return inert;
};`;

export const inertExtension: Extension = {
  modules: [{ name: MODULE, esModule: INERT, internal: true }],
};

export function trialBindings(code: UserWorkerCode): Worker_Binding[] {
  return [
    ...code.bindings.map((binding) => ownBinding(binding, code) ?? outwardBinding(binding)),
    ...[...code.secrets].map(([name, text]) => ({ name, text })),
  ];
}

function outwardBinding({ name, type }: Binding): Worker_Binding {
  if (type === 'service') return { name, service: { name: SILENT_SERVICE } };
  return { name, wrapped: { moduleName: MODULE } };
}
