// What customers import. Only names; nothing here runs.

export type { CacheStatsData, StatsTrackingOptions } from './cached-state-manager.ts';
export { CachedStateManager } from './cached-state-manager.ts';
export type { BreakerChange } from './circuit-breaker.ts';
export type {
  Config,
  ConfigInput,
  ConfigOrigin,
  ConfigScope,
  ConfigState,
  EffectiveConfig,
} from './config.ts';
export { type ConfigsOptions, type ConfigTarget, configs, configsOf } from './config-manager.ts';
export type { ConfigQuery } from './config-query.ts';
export type {
  Entity,
  EntityInput,
  EntityPatch,
  Lifecycle,
  LifecycleMove,
  TenantChange,
} from './entity.ts';
export type { LedgerStub } from './entity-ledger.ts';
export { EntityLedger } from './entity-ledger.ts';
export type { EntityLine, EntityListQuery, EntityPage } from './entity-list.ts';
export type { ErrorCode, ErrorData, ErrorItem, ErrorOutcome } from './errors.ts';
export { ERRORS, isRetryable, LedgerError } from './errors.ts';
export type { Fact, FactDraft, FactInput } from './fact.ts';
export type {
  AiCompletionData,
  ErrorFactData,
  LinkData,
  OutcomeData,
  ToolInvocationData,
} from './fact-conventions.ts';
export { type ParentLedgerOptions, parentLedger } from './fact-forwarder.ts';
export type { HistoryQuery, OutcomeView } from './fact-history.ts';
export type { FactPage, FactQuery } from './fact-query.ts';
export { ID_PREFIXES, newId } from './ids.ts';
export type { Hook, Invariant, InvariantFault, StateReader } from './invariant.ts';
export type { JsonObject, JsonValue } from './json.ts';
export type { ConfigSource, ConfigsOption } from './ledger-configs.ts';
export { ledgerOf } from './ledger-of.ts';
export type {
  BootstrapConfig,
  FactAppendedData,
  HydrationDoneData,
  LedgerOptions,
  ObservabilityStub,
  SchemaInitData,
  SdkFactQuery,
  SdkFactView,
  SdkObservabilityData,
  SdkObservabilityFact,
  SdkObservabilitySubtype,
  SystemStats,
  TenantStatsPayload,
  TenantStatsReport,
} from './ledger-options.ts';
export type { ChildFactAck, ChildFactBatch, ParentOption } from './ledger-parent.ts';
export type {
  MaskedQuery,
  PersonalDataOption,
  PersonalState,
  PersonalVault,
} from './ledger-personal.ts';
export type { StateQuery, StateView } from './ledger-reader.ts';
export { observedBy } from './observed-by.ts';
export type { Outcome, WriteContext } from './outcome.ts';
export { ParentDOClient, type ParentDOClientOptions } from './parent-do-client.ts';
export { type PersonalFields, personalData } from './personal-data.ts';
export type { Reconciliation, StateDrift } from './reconciliation.ts';
export type { Relationship, RelationshipView } from './relationship.ts';
export { SystemLedger } from './system-ledger.ts';
export type { TenantSystemLedgerEnv, TenantSystemLedgerOptions } from './tenant-system-ledger.ts';
export { TenantSystemLedger } from './tenant-system-ledger.ts';
export type { Upcaster, Upcasters } from './upcaster.ts';
export type { FaultCode, LedgerFault, Verification } from './verification.ts';
export type { WhatIf, WhatIfRefusal, WhatIfView } from './what-if.ts';
