// Finds the handlers of a tenant's default export, whichever of Cloudflare's two forms it has. It
// calls none of them.
import { WorkerEntrypoint } from 'cloudflare:workers';

export type HandlerName = 'fetch' | 'scheduled' | 'queue';
export type Handler = (subject: unknown, env: unknown, ctx: unknown) => unknown;

/** That of `export default { fetch(request, env, ctx) { … } }`, or of a class that has one. */
export function handlerOf(custom: unknown, name: HandlerName): Handler | undefined {
  if (typeof custom === 'function' && custom.prototype instanceof WorkerEntrypoint) {
    const entrypoint = custom;
    if (methodOf(entrypoint.prototype, name) === undefined) return undefined;
    return (subject, env, ctx) =>
      methodOf(Reflect.construct(entrypoint, [ctx, env]), name)?.(subject, env, ctx);
  }
  return methodOf(custom, name);
}

function methodOf(holder: unknown, name: HandlerName): Handler | undefined {
  if (typeof holder !== 'object' || holder === null) return undefined;
  const method: unknown = Reflect.get(holder, name);
  if (typeof method !== 'function') return undefined;
  return (...args): unknown => Reflect.apply(method, holder, args);
}
