// Who uses an account Worker: asked by `wrangler delete` before it deletes one. It only reads.
import type { Binding, Script } from '../state/script-store.ts';
import type { ApiContext } from './api-context.ts';

export function accountReferences(
  api: ApiContext,
  { name }: Pick<Script, 'name'>,
): Record<string, unknown> {
  const users = [...api.scripts.list(''), ...api.scripts.userWorkers()].filter(
    (script) => script.namespace !== '' || script.name !== name,
  );
  const found = users.flatMap((script) => script.bindings.map((binding) => ({ script, binding })));
  const environment = 'production';
  return {
    services: {
      incoming: found
        .filter(({ binding }) => binding.type === 'service' && binding.service === name)
        .map(({ script, binding }) => ({ service: script.name, environment, name: binding.name })),
      outgoing: [],
      pages_function: false,
    },
    durable_objects: found
      .filter(({ binding }) => isObjectOf(binding, name))
      .map(({ script, binding }) => ({
        service: script.name,
        environment,
        name: binding.name,
        durable_object_namespace_name: `${name}_${String(binding.class_name)}`,
      })),
    dispatch_outbounds: found
      .filter(({ binding }) => outboundOf(binding) === name)
      .map(({ script, binding }) => ({
        service: script.name,
        environment,
        ...namespaceOf(binding),
      })),
  };
}

const isObjectOf = ({ type, script_name: script }: Binding, name: string): boolean =>
  type === 'durable_object_namespace' && script === name;

const namespaceOf = ({ name, namespace }: Binding): Record<string, unknown> => ({
  name,
  namespace,
});

/** The outbound Worker of a `dispatch_namespace` binding. */
function outboundOf({ outbound }: Binding): unknown {
  const { worker } = fieldsOf(outbound);
  return fieldsOf(worker).service;
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
