// `z0 rollback`: an older version of a tenant's ledgers becomes the live one again, or the template
// alone does. Facts stay as they are; what was deleted since is not brought back.
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
import { confirm, requireAnswerer, terminal } from './custom/ask.ts';
import { changeLines, changesBetween } from './custom/changes.ts';
import { tellActivated } from './custom/tell-activated.ts';
import { templateClasses } from './custom/template-classes.ts';
import {
  type Activated,
  activate,
  activateTemplate,
  listVersions,
  type Version,
} from './custom/versions.ts';

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
    ...tenantArg,
    template: {
      type: 'boolean',
      description: 'Take the tenant’s code away: the template alone becomes live',
      default: false,
    },
    yes: { type: 'boolean', description: 'Do it without asking', default: false },
    'accept-differences': {
      type: 'boolean',
      description: 'Of a version never live before: though its preview differs from the history',
      default: false,
    },
    ...commonArgs,
  },
  run: ({ args }) =>
    guarded(async () => {
      const { tenant } = args;
      requireAnswerer(terminal(), args.yes, `this changes ${tenant}`);
      const session = openSession(args.state);
      const versions = await listVersions(session, tenant);
      const live = versions.find(({ active }) => active);
      const target = args.template
        ? noVersion(live, args.version, tenant)
        : targetOf(versions, live, args.version, tenant);
      const changes = changesBetween(live?.classes ?? [], target?.classes ?? []);
      for (const line of changeLines(changes, { deleted: [], template: templateClasses() }))
        say(`  ${line}`);
      say('  facts appended since stay; classes deleted since stay without theirs');
      if (!args.yes) await confirm(terminal(), questionOf(target, tenant));
      const accepted = args['accept-differences'] ? target?.id : undefined;
      const done = await goTo(session, tenant, target, live?.id ?? null, accepted);
      say(`${pc.green('live')}   ${tenant} runs ${target?.id ?? 'the template alone'}`);
      tellActivated(done);
      if (live !== undefined)
        say(`${pc.dim('back')}   npx z0 rollback ${live.id} --tenant ${tenant}`);
      if (args.json) printJson(done.raw);
      else process.stdout.write(`${target?.id ?? 'template'}\n`);
    }),
});

function goTo(
  session: Session,
  tenant: string,
  target: Version | undefined,
  expected: string | null,
  accepted: string | undefined,
): Promise<Activated> {
  return target === undefined
    ? activateTemplate(session, tenant, expected)
    : activate(session, tenant, target.id, expected, accepted);
}

function questionOf(target: Version | undefined, tenant: string): string {
  return target === undefined
    ? `Take its code away from ${tenant}, so that it runs the template alone?`
    : `Make ${target.id} (${target.createdAt}) live for ${tenant}?`;
}

/** The template alone as a target: no version. Refuses what that contradicts. */
function noVersion(
  live: Version | undefined,
  wanted: string | undefined,
  tenant: string,
): undefined {
  if (wanted !== undefined) {
    throw new CliError('--template takes no version', 'leave out one of the two');
  }
  if (live !== undefined) return undefined;
  throw new CliError(
    `${tenant} runs the template alone already`,
    `see its versions with \`npx z0 versions --tenant ${tenant}\``,
  );
}

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
