// What customers import. Only names; nothing here runs.

export type { CacheStatsData, StatsTrackingOptions } from './cached-state-manager.ts';
export { CachedStateManager } from './cached-state-manager.ts';
export type { Entity, EntityInput, EntityPatch, Lifecycle, LifecycleMove } from './entity.ts';
export type { LedgerStub } from './entity-ledger.ts';
export { EntityLedger } from './entity-ledger.ts';
export type { ErrorCode, ErrorData, ErrorItem, ErrorOutcome } from './errors.ts';
export { ERRORS, isRetryable, LedgerError } from './errors.ts';
export type { Fact, FactInput } from './fact.ts';
export type {
  AiCompletionData,
  ErrorFactData,
  LinkData,
  OutcomeData,
  ToolInvocationData,
} from './fact-conventions.ts';
export type { HistoryQuery, OutcomeView } from './fact-history.ts';
export type { FactPage, FactQuery } from './fact-query.ts';
export { ID_PREFIXES, newId } from './ids.ts';
export type { Hook, Invariant, InvariantFault, StateReader } from './invariant.ts';
export type { JsonObject, JsonValue } from './json.ts';
export { ledgerOf } from './ledger-of.ts';
export type {
  BootstrapConfig,
  FactAppendedData,
  HydrationDoneData,
  LedgerOptions,
  ObservabilityStub,
  SchemaInitData,
  SdkObservabilityData,
  SdkObservabilityFact,
  SdkObservabilitySubtype,
  TenantStatsPayload,
} from './ledger-options.ts';
export type { StateQuery, StateView } from './ledger-reader.ts';
export type { Outcome, WriteContext } from './outcome.ts';
export type { Relationship, RelationshipView } from './relationship.ts';
export { SystemLedger } from './system-ledger.ts';
export type { TenantSystemLedgerEnv, TenantSystemLedgerOptions } from './tenant-system-ledger.ts';
export { TenantSystemLedger } from './tenant-system-ledger.ts';
export type { Upcaster, Upcasters } from './upcaster.ts';
export type { FaultCode, LedgerFault, Verification } from './verification.ts';
