// The platform Worker's entry: which classes and handlers Cloudflare finds. No logic lives here.
import { createApp } from './app.ts';
import type { Env } from './env.ts';
import { consumeQueue } from './metrics/consume-queue.ts';

export { LiveFeed } from './live/live-feed.ts';
export { SystemLedger } from './metrics/system-ledger.ts';
export { TenantGateway } from './metrics/tenant-gateway.ts';
export { PreviewVersion } from './preview/preview-version.ts';
export { DeprovisionTenant } from './provisioning/deprovision-tenant.ts';
export { ProvisionTenant } from './provisioning/provision-tenant.ts';
export { RunLedger } from './schedules/run-ledger.ts';
export { TenantQueue } from './schedules/tenant-queue.ts';
export { TailRoom } from './tail/tail-room.ts';
export { TenantLedger } from './tenants/tenant-ledger.ts';
export { ActivateVersion } from './versions/activate-version.ts';

const app = createApp();

export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),
  queue: consumeQueue,
} satisfies ExportedHandler<Env>;
