// `z0 secret …`: what a tenant's code may know and nobody else may read. A value comes from a hidden
// prompt or from a pipe, never from an argument, and is printed nowhere.
import { defineCommand } from 'citty';
import pc from 'picocolors';
import { CliError } from './cli-error.ts';
import { commonArgs, guarded, openSession, printJson, say, tenantArg } from './context.ts';
import { readHiddenValue, valueSource } from './custom/hidden-value.ts';
import { deleteSecret, listSecrets, putSecret, type Secret } from './custom/secrets.ts';

const nameArg = {
  name: { type: 'positional', description: 'Name in env, e.g. API_KEY', required: true },
} as const;

const put = defineCommand({
  meta: {
    name: 'put',
    description:
      'Set a secret: asks for the value, or reads it from a pipe. Example: z0 secret put API_KEY --tenant acme',
  },
  args: { ...nameArg, ...tenantArg, ...commonArgs },
  run: ({ args }) =>
    guarded(async () => {
      refuseMore(args._);
      const session = openSession(args.state);
      const value = await readHiddenValue(valueSource(), `Value of ${args.name} (not shown): `);
      const secret = await putSecret(session, args.tenant, args.name, value);
      if (args.json) printJson(secret.raw);
      else say(`${pc.green('set')}    ${secret.name}, version ${secret.version}`);
    }),
});

const list = defineCommand({
  meta: {
    name: 'list',
    description:
      'List the secrets that are set, without values. Example: z0 secret list --tenant acme',
  },
  args: { ...tenantArg, ...commonArgs },
  run: ({ args }) =>
    guarded(async () => {
      const secrets = await listSecrets(openSession(args.state), args.tenant);
      if (args.json) printJson(secrets.map(({ raw }) => raw));
      else if (secrets.length === 0)
        say(`${args.tenant} has no secrets: set one with \`npx z0 secret put NAME --tenant ID\``);
      else process.stdout.write(`${secrets.map(row).join('\n')}\n`);
    }),
});

const remove = defineCommand({
  meta: {
    name: 'delete',
    description: 'Delete a secret. Example: z0 secret delete API_KEY --tenant acme',
  },
  args: { ...nameArg, ...tenantArg, ...commonArgs },
  run: ({ args }) =>
    guarded(async () => {
      const secret = await deleteSecret(openSession(args.state), args.tenant, args.name);
      if (args.json) printJson(secret.raw);
      else say(`${pc.green('gone')}   ${secret.name}`);
      if (secret.used)
        say(`${pc.yellow('note')}   the live version declares it and runs without it`);
    }),
});

export const secretCommand = defineCommand({
  meta: { name: 'secret', description: 'Set, list and delete what a tenant’s code keeps secret' },
  subCommands: { put, list, delete: remove },
});

/** Before anything is asked: what stands there may be the value. */
function refuseMore(positionals: readonly string[]): void {
  if (positionals.length <= 1) return;
  throw new CliError(
    'a value is never an argument: shell history and process list would keep it',
    'leave it out and type it, or pipe it in: printf %s "$VALUE" | z0 secret put NAME --tenant ID',
  );
}

function row({ name, version, status, used, changedAt, changedBy }: Secret): string {
  const states = [status === 'set' ? '' : status, used ? '' : 'unused'].filter((one) => one !== '');
  const cells = [name.padEnd(24), `version ${version}`.padEnd(11), changedAt, changedBy];
  return [...cells, ...(states.length === 0 ? [] : [`(${states.join(', ')})`])]
    .join('  ')
    .trimEnd();
}
