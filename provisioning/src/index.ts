// What the platform Worker uses of this room: the parts that need no file system.
export { type ApiResult, type CloudflareApi, createCloudflareApi } from './cloudflare-api.ts';
export { parseTenantArtefact, type TenantArtefact } from './tenant-artefact.ts';
export {
  deleteUserWorker,
  scriptNameOf,
  type UserWorkerSettings,
  type UserWorkerTarget,
  uploadUserWorker,
} from './user-worker.ts';
