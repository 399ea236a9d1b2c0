// `z0 schedule …`: what runs by itself in a tenant's Worker, and running it now.
import { setTimeout as sleep } from 'node:timers/promises';
import { defineCommand } from 'citty';
import pc from 'picocolors';
import { CliError } from './cli-error.ts';
import {
  commonArgs,
  guarded,
  openSession,
  printJson,
  type Session,
  say,
  tenantArg,
} from './context.ts';
import { listRuns, type Row, runNow } from './custom/runs.ts';

const WAIT_LIMIT_MS = 60_000;
const LOOK_MS = 200;

const list = defineCommand({
  meta: {
    name: 'list',
    description: 'List the schedules in force. Example: z0 schedule list --tenant acme',
  },
  args: { ...tenantArg, ...commonArgs },
  run: ({ args }) =>
    guarded(async () => {
      const schedules = await listRuns(openSession(args.state), args.tenant, 'schedules');
      if (args.json) printJson(schedules);
      else if (schedules.length === 0)
        say(`${args.tenant} has no schedules: declare them in z0.json and deploy`);
      else process.stdout.write(`${schedules.map(line).join('\n')}\n`);
    }),
});

const run = defineCommand({
  meta: {
    name: 'run',
    description:
      'Run a schedule now and wait for its end. Example: z0 schedule run nightly --tenant acme',
  },
  args: {
    name: { type: 'positional', description: 'Name of the schedule', required: true },
    ...tenantArg,
    ...commonArgs,
  },
  run: ({ args }) =>
    guarded(async () => {
      const session = openSession(args.state);
      const started = await runNow(session, args.tenant, args.name);
      const ended = await settled(session, args.tenant, started);
      if (args.json) printJson(ended);
      else process.stdout.write(`${String(ended['id'])}\n`);
      const { status, error } = ended;
      const why = typeof error === 'string' ? error : 'it takes too long';
      if (status !== 'succeeded') {
        const next =
          status === 'dead'
            ? `try it again with \`npx z0 runs redrive ${String(ended['id'])} --tenant ${args.tenant}\``
            : `it is tried again by itself; see \`npx z0 runs list --tenant ${args.tenant}\``;
        throw new CliError(`the run failed: ${why}`, next);
      }
      say(`${pc.green('ran')}    ${args.name}`);
    }),
});

export const scheduleCommand = defineCommand({
  meta: { name: 'schedule', description: 'List what runs by itself, and run it now' },
  subCommands: { list, run },
});

/** Once its first attempt ended; as it is when that takes too long. */
async function settled(session: Session, tenant: string, started: Row): Promise<Row> {
  const deadline = Date.now() + WAIT_LIMIT_MS;
  for (let now = started; ; ) {
    const isUnderWay = now['status'] === 'running' || now['attempts'] === 0;
    if (!isUnderWay || Date.now() > deadline) return now;
    await sleep(LOOK_MS);
    const runs = await listRuns(session, tenant, 'runs');
    now = runs.find(({ id }) => id === started['id']) ?? now;
  }
}

function line({ name, cron, time_zone: zone, next_due_at: next }: Row): string {
  const due = typeof next === 'string' ? `next ${next}` : 'not due while the tenant is not active';
  return [name, cron, zone, due].map(String).join('  ');
}
