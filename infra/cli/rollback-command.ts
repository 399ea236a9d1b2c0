// `z0 rollback`: an older version of a tenant's ledgers becomes the live one again. Facts stay as they
// are; what was deleted since is not brought back.
import { defineCommand } from 'citty';
import pc from 'picocolors';
import { CliError } from './cli-error.ts';
import { commonArgs, guarded, openSession, printJson, say } from './context.ts';
import { confirm, requireAnswerer, terminal } from './custom/ask.ts';
import { changeLines, changesBetween } from './custom/changes.ts';
import { templateClasses } from './custom/template-classes.ts';
import { activate, listVersions, type Version } from './custom/versions.ts';

export const rollbackCommand = defineCommand({
  meta: {
    name: 'rollback',
    description: 'Make an older version live again. Example: z0 rollback --tenant acme',
  },
  args: {
    version: {
      type: 'positional',
      description: 'Version id (default: the newest before the live one that was live itself)',
      required: false,
    },
    tenant: { type: 'string', description: 'Tenant id', required: true, valueHint: 'ID' },
    yes: { type: 'boolean', description: 'Do it without asking', default: false },
    ...commonArgs,
  },
  run: ({ args }) =>
    guarded(async () => {
      const { tenant } = args;
      requireAnswerer(terminal(), args.yes, `this changes ${tenant}`);
      const session = openSession(args.state);
      const versions = await listVersions(session, tenant);
      const live = versions.find(({ active }) => active);
      const target = targetOf(versions, live, args.version, tenant);
      const changes = changesBetween(live?.classes ?? [], target.classes);
      for (const line of changeLines(changes, { deleted: [], template: templateClasses() }))
        say(`  ${line}`);
      say('  facts appended since stay; classes deleted since stay without theirs');
      if (!args.yes) {
        await confirm(terminal(), `Make ${target.id} (${target.createdAt}) live for ${tenant}?`);
      }
      const done = await activate(session, tenant, target.id, live?.id ?? null);
      say(`${pc.green('live')}   ${tenant} runs ${target.id}`);
      for (const text of done.cannotUndo) say(`${pc.yellow('note')}   cannot be undone: ${text}`);
      if (live !== undefined)
        say(`${pc.dim('back')}   npx z0 rollback ${live.id} --tenant ${tenant}`);
      if (args.json) printJson({ ...done.version.raw, cannot_undo: done.cannotUndo });
      else process.stdout.write(`${target.id}\n`);
    }),
});

function targetOf(
  versions: readonly Version[],
  live: Version | undefined,
  wanted: string | undefined,
  tenant: string,
): Version {
  const hint = `see them with \`npx z0 versions --tenant ${tenant}\``;
  if (wanted !== undefined) {
    const found = versions.find(({ id }) => id === wanted);
    if (found === undefined) throw new CliError(`${tenant} has no version ${wanted}`, hint);
    if (found.active) throw new CliError(`${wanted} is live already`, hint);
    return found;
  }
  if (live === undefined) throw new CliError(`${tenant} runs no version of its own`, hint);
  const before = versions.slice(versions.indexOf(live) + 1).find(({ wasLive }) => wasLive);
  if (before === undefined) {
    throw new CliError(`no version of ${tenant} was live before ${live.id}`, hint);
  }
  return before;
}
