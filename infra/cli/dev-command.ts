// `z0 dev`: runs a project's ledgers on this machine, in the foreground, and again with each change of
// them. It makes no version of them: `z0 deploy` does.
import { defineCommand } from 'citty';
import { commonArgs, guarded, say } from './context.ts';
import { type FindSource, followLogs } from './custom/dev-logs.ts';
import { DevLoop } from './custom/dev-loop.ts';
import { claimTenant, type DevPlatform, openDevPlatform } from './custom/dev-platform.ts';
import { type DevScreen, jsonScreen, personScreen } from './custom/dev-screen.ts';
import { DEV_TENANT, openDevTenant } from './custom/dev-tenant.ts';
import { DevWorker } from './custom/dev-worker.ts';
import { type Project, readProject } from './custom/project.ts';
import { portArgs, portBaseOf, stopSignal } from './foreground.ts';

export const devCommand = defineCommand({
  meta: {
    name: 'dev',
    description:
      'Run your ledgers here while you write them, with reload. Example: z0 dev ../points',
  },
  args: {
    dir: {
      type: 'positional',
      description: 'Folder with a z0.json (default: this one)',
      required: false,
      default: '.',
    },
    tenant: {
      type: 'string',
      description: 'Tenant to run them as; onboarded when it is missing',
      default: DEV_TENANT,
      valueHint: 'ID',
    },
    ...portArgs,
    seed: {
      type: 'boolean',
      description: 'Onboard the three demo tenants, too, when a platform is started',
      default: false,
    },
    ...commonArgs,
    state: {
      type: 'string',
      description: 'State folder (default: $Z0_STATE, a running one in .z0, or DIR/.z0)',
      valueHint: 'DIR',
    },
  },
  run: ({ args }) =>
    guarded(async () => {
      const screen = args.json ? jsonScreen() : personScreen();
      const project = readProject(args.dir);
      const options = {
        dir: project.dir,
        state: args.state ?? process.env.Z0_STATE,
        portBase: portBaseOf(args['port-base']),
        seed: args.seed,
      };
      const stopped = stopSignal();
      // Whatever was started is ended in reverse.
      const started = new AsyncDisposableStack();
      try {
        const platform = await openDevPlatform(options, started, screen.report);
        const running = develop(project, args.tenant, { platform, screen, started });
        await Promise.race([running, stopped]);
        await stopped;
        screen.report('stopping');
      } finally {
        await started.disposeAsync();
      }
      // Sockets that a client left open must not keep the terminal waiting.
      process.exit(process.exitCode ?? 0);
    }),
});

interface Around {
  readonly platform: DevPlatform;
  readonly screen: DevScreen;
  readonly started: AsyncDisposableStack;
}

/** Resolves once the sources as they are were tried; from then on every change is. */
async function develop(project: Project, tenantId: string, around: Around): Promise<void> {
  const { platform, screen, started } = around;
  const session = await platform.ready();
  const { stateDir, local } = session;
  claimTenant(stateDir, tenantId, started);
  const tenant = await openDevTenant(session, tenantId, say);
  const worker = new DevWorker(session, tenant);
  const sourceOf: FindSource = (module, line) => worker.sourceOf(module, line);
  const logs = followLogs(session, tenantId, sourceOf, screen.log);
  started.defer(() => logs.end());
  const loop = new DevLoop(project, worker, screen);
  started.defer(() => loop.end());
  await loop.start();
  const token = await tenant.token();
  screen.ready({ tenant: tenantId, local, stateDir, isOwn: platform.isOwn, token });
}
