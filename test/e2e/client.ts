// Requests as a tenant or as the operator, against the shared platform or another one.
import { inject } from 'vitest';
import type { LocalState } from '../../infra/cli/local-state.ts';
import { readState } from './platform-process.ts';

export * from './tenant-client.ts';

export const sharedState = (): LocalState => readState(inject('stateDir'));
