// `z0 up`: the whole platform on this machine, in the foreground: embedded Cloudflare, apply, demo
// tenants, banner; Ctrl-C ends all of it.
import { rmSync } from 'node:fs';
import { defineCommand } from 'citty';
import pc from 'picocolors';
import { printBanner } from './banner.ts';
import { CliError } from './cli-error.ts';
import { commonArgs, guarded, printJson, say } from './context.ts';
import { portArgs, portBaseOf, startCloudflare, stopSignal } from './foreground.ts';
import { removeLocalState, stateDirOf } from './local-state.ts';
import { startPlatform } from './start-platform.ts';

export const upCommand = defineCommand({
  meta: {
    name: 'up',
    description:
      'Run the whole platform here, in the foreground. Example: z0 up --port-base 0 --state ./other',
  },
  args: {
    ...portArgs,
    seed: {
      type: 'boolean',
      description: 'Onboard the three demo tenants (--no-seed: do not)',
      default: true,
    },
    ...commonArgs,
  },
  run: ({ args }) =>
    guarded(async () => {
      await runUntilStopped({
        stateDir: stateDirOf(args.state),
        portBase: portBaseOf(args['port-base']),
        seed: args.seed,
        json: args.json,
      });
    }),
});

export const resetCommand = defineCommand({
  meta: { name: 'reset', description: 'Delete all local state. Example: z0 reset --yes' },
  args: { yes: { type: 'boolean', description: 'Do it', default: false }, ...commonArgs },
  run: ({ args }) =>
    guarded(async () => {
      const stateDir = stateDirOf(args.state);
      if (!args.yes)
        throw new CliError(`this deletes ${stateDir} with every ledger`, 'repeat it with --yes');
      // Starting takes the folder's lock and ends leftovers, so nothing writes while it goes.
      const cloud = await startCloudflare(stateDir, 0);
      await cloud.close();
      rmSync(stateDir, { recursive: true, force: true });
      say(`deleted ${stateDir}`);
    }),
});

interface UpOptions {
  readonly stateDir: string;
  readonly portBase: number;
  readonly seed: boolean;
  readonly json: boolean;
}

async function runUntilStopped(options: UpOptions): Promise<void> {
  const { stateDir } = options;
  const startedAt = performance.now();
  const stopped = stopSignal();
  const report = (line: string): void => say(`${pc.dim('·')} ${line}`);
  const cloud = await startCloudflare(stateDir, options.portBase, report);
  try {
    const bringUp = startPlatform(cloud, options, report);
    const outcome = await Promise.race([bringUp, stopped]);
    if (typeof outcome !== 'string') {
      if (options.json) printJson(outcome);
      else await printBanner(outcome, performance.now() - startedAt);
      await stopped;
    }
    say(`${pc.dim('·')} stopping`);
  } finally {
    removeLocalState(stateDir);
    await cloud.close();
  }
  // Sockets that a client left open must not keep the terminal waiting.
  process.exit(process.exitCode ?? 0);
}
