// The `z0` command: names its subcommands and nothing else.
import { defineCommand, runMain } from 'citty';
import { applyCommand, planCommand } from './apply-command.ts';
import { cloudflareCommand } from './cloudflare-command.ts';
import { tenantCommand } from './tenant-command.ts';
import { dashboardCommand, tokenCommand } from './token-command.ts';
import { resetCommand, upCommand } from './up-command.ts';

const main = defineCommand({
  meta: {
    name: 'z0',
    version: '0.1.0',
    description:
      'Workers for Platforms for append-only ledgers. Exit codes: 0 done, 1 refused or failed.',
  },
  subCommands: {
    up: upCommand,
    plan: planCommand,
    apply: applyCommand,
    reset: resetCommand,
    tenant: tenantCommand,
    token: tokenCommand,
    dashboard: dashboardCommand,
    cloudflare: cloudflareCommand,
  },
});

await runMain(main);
