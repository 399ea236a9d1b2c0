// `z0 versions`: what a tenant's Worker was and is, newest first.
import { defineCommand } from 'citty';
import { commonArgs, guarded, openSession, printJson, say } from './context.ts';
import { listVersions, type Version } from './custom/versions.ts';

export const versionsCommand = defineCommand({
  meta: {
    name: 'versions',
    description: 'List the versions of a tenant’s ledgers. Example: z0 versions --tenant acme',
  },
  args: {
    tenant: { type: 'string', description: 'Tenant id', required: true, valueHint: 'ID' },
    ...commonArgs,
  },
  run: ({ args }) =>
    guarded(async () => {
      const versions = await listVersions(openSession(args.state), args.tenant);
      if (args.json) printJson(versions.map(({ raw }) => raw));
      else if (versions.length === 0)
        say(`${args.tenant} runs the template: deploy with \`npx z0 deploy\``);
      else process.stdout.write(`${versions.map(row).join('\n')}\n`);
    }),
});

function row({ id, createdAt, active, classes, message }: Version): string {
  return [
    active ? '*' : ' ',
    id,
    createdAt,
    classes.map(({ name }) => name).join(','),
    message ?? '',
  ]
    .join('  ')
    .trimEnd();
}
