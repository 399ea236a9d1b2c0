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
export { type ParsedManifest, parseManifest, type WorkerManifest } from './custom/manifest.ts';
export { checkModules, sizeOf } from './custom/module-checks.ts';
export type { WorkerModule } from './custom/modules.ts';
export { startupFinding } from './custom/startup-finding.ts';
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
