// `z0 runs …`: what became of a tenant's runs and messages, and trying again what failed for good.
import { defineCommand } from 'citty';
import pc from 'picocolors';
import { commonArgs, guarded, openSession, printJson, say, tenantArg } from './context.ts';
import { listRuns, type Row, redrive } from './custom/runs.ts';

const list = defineCommand({
  meta: {
    name: 'list',
    description: 'List the latest runs, open ones first. Example: z0 runs list --tenant acme',
  },
  args: {
    schedule: { type: 'string', description: 'Of this schedule alone', valueHint: 'NAME' },
    ...tenantArg,
    ...commonArgs,
  },
  run: ({ args }) =>
    guarded(async () => {
      const session = openSession(args.state);
      const runs = await listRuns(session, args.tenant, 'runs', args.schedule);
      if (args.json) printJson(runs);
      else if (runs.length === 0) say(`nothing has run in ${args.tenant} yet`);
      else process.stdout.write(`${runs.map(runLine).join('\n')}\n`);
    }),
});

const dead = defineCommand({
  meta: {
    name: 'dead',
    description: 'List runs and messages that failed for good. Example: z0 runs dead --tenant acme',
  },
  args: { ...tenantArg, ...commonArgs },
  run: ({ args }) =>
    guarded(async () => {
      const letters = await listRuns(openSession(args.state), args.tenant, 'dead-letters');
      if (args.json) printJson(letters);
      else if (letters.length === 0) say(`${args.tenant} has no dead letters`);
      else process.stdout.write(`${letters.map(letterLine).join('\n')}\n`);
    }),
});

const again = defineCommand({
  meta: {
    name: 'redrive',
    description: 'Try a dead letter again. Example: z0 runs redrive msg_06… --tenant acme',
  },
  args: {
    id: { type: 'positional', description: 'Id of the run or message', required: true },
    ...tenantArg,
    ...commonArgs,
  },
  run: ({ args }) =>
    guarded(async () => {
      const answer = await redrive(openSession(args.state), args.tenant, args.id);
      if (args.json) printJson(answer);
      else say(`${pc.green('again')}  ${args.id} is tried again`);
    }),
});

export const runsCommand = defineCommand({
  meta: { name: 'runs', description: 'See what ran by itself, and try again what failed' },
  subCommands: { list, dead, redrive: again },
});

function runLine({ id, schedule, status, scheduled_at, attempts, error }: Row): string {
  const tries = attempts === 1 ? '' : `${String(attempts)} attempts`;
  return [status, schedule, scheduled_at, id, tries, error ?? '']
    .map(String)
    .filter((text) => text !== '')
    .join('  ');
}

function letterLine({ id, kind, died_at, error }: Row): string {
  return [kind, id, died_at, error].map(String).join('  ');
}
