// The `z0` command: names its subcommands and nothing else. Each is loaded by who runs it: one alone
// brings the embedded Cloudflare, another the bundler.
import { defineCommand, runMain } from 'citty';
import { guarded } from './context.ts';
import { checkOptions } from './known-options.ts';

const main = defineCommand({
  meta: {
    name: 'z0',
    version: '0.1.0',
    description:
      'Workers for Platforms for append-only ledgers. Exit codes: 0 done, 1 refused or failed.',
  },
  subCommands: {
    up: async () => (await import('./up-command.ts')).upCommand,
    plan: async () => (await import('./apply-command.ts')).planCommand,
    apply: async () => (await import('./apply-command.ts')).applyCommand,
    reset: async () => (await import('./up-command.ts')).resetCommand,
    init: async () => (await import('./init-command.ts')).initCommand,
    dev: async () => (await import('./dev-command.ts')).devCommand,
    deploy: async () => (await import('./deploy-command.ts')).deployCommand,
    secret: async () => (await import('./secret-command.ts')).secretCommand,
    schedule: async () => (await import('./schedule-command.ts')).scheduleCommand,
    runs: async () => (await import('./runs-command.ts')).runsCommand,
    preview: async () => (await import('./preview-command.ts')).previewCommand,
    versions: async () => (await import('./versions-command.ts')).versionsCommand,
    rollback: async () => (await import('./rollback-command.ts')).rollbackCommand,
    tail: async () => (await import('./tail-command.ts')).tailCommand,
    plans: async () => (await import('./plans-command.ts')).plansCommand,
    tenant: async () => (await import('./tenant-command.ts')).tenantCommand,
    token: async () => (await import('./token-command.ts')).tokenCommand,
    dashboard: async () => (await import('./token-command.ts')).dashboardCommand,
    cloudflare: async () => (await import('./cloudflare-command.ts')).cloudflareCommand,
  },
});

await guarded(() => checkOptions(main, process.argv.slice(2)));
if (process.exitCode === undefined) await runMain(main);
