// Addresses the ledger object of a tenant. Nothing else knows how it is named.
import type { Env } from '../env.ts';
import type { TenantLedger } from './tenant-ledger.ts';

/** What the platform asks of a tenant's ledger; the rest of the stub is out of reach. */
export type TenantLedgerClient = Pick<
  TenantLedger,
  | 'activate'
  | 'addVersion'
  | 'completeRun'
  | 'createKey'
  | 'endActivation'
  | 'failRun'
  | 'listFacts'
  | 'project'
  | 'read'
  | 'readVersions'
  | 'recordAccess'
  | 'recordStep'
  | 'recordUpload'
  | 'remove'
  | 'request'
  | 'resume'
  | 'revokeKey'
  | 'setRoute'
  | 'suspend'
  | 'tellActivation'
>;

/** A client for one exchange; never handed to a caller. */
export function ledgerOf(env: Env, tenantId: string): TenantLedgerClient {
  const stub = env.TENANT_LEDGER.get(env.TENANT_LEDGER.idFromName(`tenant_${tenantId}`));
  // The namespace is untyped on purpose: the mapped types of a typed stub do not terminate on
  // recursive JSON. All answers are plain data, so they arrive as they were given.
  return stub as unknown as TenantLedgerClient;
}
