// The ledger classes of the template that every tenant starts from, as this repository has it.
import { readWranglerConfig } from '@z0-app/provisioning/deploy';
import { stack } from '../../stack.ts';

export function templateClasses(): string[] {
  const { durable_objects: objects } = readWranglerConfig(stack.template.configPath);
  return (objects?.bindings ?? []).map(({ class_name: name }) => name);
}
