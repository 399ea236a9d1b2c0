// `z0 preview`: what a version would make of a tenant's real history, entity by entity. It changes
// nothing, and nothing becomes live by it.
import { defineCommand } from 'citty';
import { CliError } from './cli-error.ts';
import { commonArgs, guarded, openSession, printJson, say, tenantArg } from './context.ts';
import { preview, previewLines, type Sample } from './custom/preview.ts';

export const previewCommand = defineCommand({
  meta: {
    name: 'preview',
    description:
      'Replay a tenant’s history under a version. Example: z0 preview ver_… --tenant acme',
  },
  args: {
    version: { type: 'positional', description: 'Version id', required: true },
    ...tenantArg,
    entities: { type: 'string', description: 'These alone, by comma', valueHint: 'ID,ID' },
    newest: { type: 'string', description: 'Only the latest active so many', valueHint: 'N' },
    ...commonArgs,
  },
  run: ({ args }) =>
    guarded(async () => {
      const sample = sampleOf(args.entities, args.newest);
      const found = await preview(openSession(args.state), args.tenant, args.version, sample);
      if (args.json) {
        printJson(found.raw);
        return;
      }
      const lines = previewLines(found, found.entities.length);
      if (lines.length === 0) say(`${args.tenant} has no history that this version would change`);
      else process.stdout.write(`${lines.join('\n')}\n`);
    }),
});

function sampleOf(entities: string | undefined, newest: string | undefined): Sample {
  if (entities !== undefined && newest !== undefined) {
    throw new CliError('--entities and --newest exclude each other', 'leave one of them out');
  }
  if (entities !== undefined) return { entities: entities.split(',').map((id) => id.trim()) };
  if (newest === undefined) return 'all';
  const count = Number(newest);
  if (Number.isInteger(count) && count > 0) return { newest: count };
  throw new CliError(`--newest takes a number of entities, not ${newest}`, 'such as --newest 10');
}
