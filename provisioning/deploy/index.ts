// What the `z0` CLI uses of this room on the operator's machine.
export { apply, type Plan, plan } from './apply.ts';
export { DeployError } from './deploy-error.ts';
export type { Environment } from './environment.ts';
export { publishIssuer } from './issuer-record.ts';
export type { Stack, StackResource, StackWorker } from './stack.ts';
export { readWranglerConfig } from './wrangler-config.ts';
