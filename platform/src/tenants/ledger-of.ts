// Addresses the ledger object of a tenant. Nothing else knows how it is named.
import type { Env } from '../env.ts';
import type { TenantLedger } from './tenant-ledger.ts';

/** What the platform asks of a tenant's ledger; the rest of the stub is out of reach. */
export type TenantLedgerClient = Pick<
  TenantLedger,
  | 'acceptDifferences'
  | 'activate'
  | 'addVersion'
  | 'changePlan'
  | 'completeRun'
  | 'createKey'
  | 'endActivation'
  | 'endSecretChange'
  | 'failPreview'
  | 'failRun'
  | 'listFacts'
  | 'noteUpload'
  | 'project'
  | 'read'
  | 'readPreviews'
  | 'readSecrets'
  | 'readVersions'
  | 'recordAccess'
  | 'recordPreview'
  | 'recordStep'
  | 'recordUpload'
  | 'refreshPlan'
  | 'remove'
  | 'reportUsage'
  | 'request'
  | 'requestPreview'
  | 'resume'
  | 'revokeKey'
  | 'setRoute'
  | 'settleSecrets'
  | 'startSecretChange'
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
