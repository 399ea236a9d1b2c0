// What the platform Worker uses of this room: the parts that need no file system.
export { type ApiResult, type CloudflareApi, createCloudflareApi } from './cloudflare-api.ts';
export { checkClasses } from './custom/class-checks.ts';
export {
  composeArtefact,
  type DeployedClasses,
  deployedNamesOf,
  describeArtefact,
} from './custom/compose.ts';
export { contentHashOf } from './custom/content-hash.ts';
export {
  type DescribedClass,
  type Description,
  deployedNameOf,
  parseDescription,
} from './custom/description.ts';
export type { Finding, FindingCode } from './custom/finding.ts';
export { checkHandlers, checkScheduleCount } from './custom/handler-checks.ts';
export {
  envName,
  MAX_SECRETS,
  type ParsedManifest,
  parseManifest,
  type WorkerManifest,
} from './custom/manifest.ts';
export { checkModules, sizeOf } from './custom/module-checks.ts';
export type { WorkerModule } from './custom/modules.ts';
export { checkPrefixes, type DeployedPrefix } from './custom/prefix-checks.ts';
export { canPreview, previewArtefact } from './custom/preview-artefact.ts';
export {
  deletePreview,
  type PreviewTarget,
  previewNameOf,
  uploadPreview,
} from './custom/preview-script.ts';
export {
  MAX_SCHEDULES,
  type ManifestQueue,
  type ManifestSchedule,
  ON_MISSED,
  type OnMissed,
} from './custom/schedules.ts';
export {
  deleteSecret,
  MAX_SECRET_BYTES,
  NAME_TAKEN,
  putSecret,
  readSecretNames,
  SECRET_CALL_MS,
} from './custom/secrets.ts';
export { startupFinding } from './custom/startup-finding.ts';
export { sweepThrowaways } from './custom/sweep-throwaways.ts';
export { parseTemplateParts, type TemplateParts } from './custom/template-parts.ts';
export {
  deleteThrowaway,
  type ThrowawayTarget,
  throwawayNameOf,
  uploadThrowaway,
} from './custom/throwaway.ts';
export { parseTenantArtefact, type TenantArtefact } from './tenant-artefact.ts';
export {
  deleteUserWorker,
  readDeployedClasses,
  scriptNameOf,
  type UserWorkerSettings,
  type UserWorkerTarget,
  uploadUserWorker,
} from './user-worker.ts';
export {
  closeUserWorkerTail,
  type NoTail,
  openUserWorkerTail,
} from './user-worker-tail.ts';
export { setUserWorkerLimits } from './worker-limits.ts';
