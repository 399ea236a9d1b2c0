// `z0 deploy`: a project's ledgers become a tenant's: bundled, checked, uploaded as a version, and
// live once confirmed. Nothing is live before the last step.
import { defineCommand } from 'citty';
import pc from 'picocolors';
import { CliError } from './cli-error.ts';
import {
  commonArgs,
  guarded,
  openSession,
  printJson,
  refusal,
  type Session,
  say,
  tenantArg,
} from './context.ts';
import { confirm, confirmNames, requireAnswerer, terminal } from './custom/ask.ts';
import { type BuiltUpload, buildUpload } from './custom/build-upload.ts';
import { changeLines, changesBetween } from './custom/changes.ts';
import { findingsIn, refusedOver, toldLine } from './custom/findings.ts';
import { preview, tellPreview } from './custom/preview.ts';
import { readProject } from './custom/project.ts';
import { repeated } from './custom/repeated.ts';
import { requireSecrets } from './custom/secrets.ts';
import { tellActivated } from './custom/tell-activated.ts';
import { templateClasses } from './custom/template-classes.ts';
import { activate, listVersions, putWorker, type Version, versionOf } from './custom/versions.ts';

export const deployCommand = defineCommand({
  meta: {
    name: 'deploy',
    description: 'Make your ledgers a tenant’s. Example: z0 deploy ../points --tenant acme',
  },
  args: {
    dir: { type: 'positional', description: 'Folder with a z0.json', required: true },
    ...tenantArg,
    message: { type: 'string', description: 'What this version is', valueHint: 'TEXT' },
    'delete-class': {
      type: 'string',
      description: 'Delete a class with all of its facts; can be given again',
      valueHint: 'NAME',
    },
    yes: { type: 'boolean', description: 'Do it without asking', default: false },
    'accept-differences': {
      type: 'boolean',
      description: 'Make it live though its preview differs from the history',
      default: false,
    },
    'dry-run': { type: 'boolean', description: 'Bundle and check, send nothing', default: false },
    activate: {
      type: 'boolean',
      description: 'Make it live (--no-activate: only upload it)',
      default: true,
    },
    ...commonArgs,
  },
  run: ({ args, rawArgs }) =>
    guarded(async () => {
      const project = readProject(args.dir);
      const deletedClasses = repeated(rawArgs, 'delete-class');
      const built = await buildUpload(project, { message: args.message, deletedClasses });
      tellBuilt(built);
      if (args['dry-run']) {
        if (args.json) printJson({ modules: sizesOf(built), findings: [] });
        say('checked; nothing was sent');
        return;
      }
      if (args.activate) requireAnswerer(terminal(), args.yes, `this changes ${args.tenant}`);
      const session = openSession(args.state);
      const accepts = args['accept-differences'];
      await deploy(session, built, { ...args, accepts, deletedClasses });
    }),
});

interface DeployOptions {
  readonly tenant: string;
  readonly yes: boolean;
  /** Of the version's preview, whatever it says. */
  readonly accepts: boolean;
  readonly activate: boolean;
  readonly json: boolean;
  readonly deletedClasses: readonly string[];
}

async function deploy(session: Session, built: BuiltUpload, options: DeployOptions): Promise<void> {
  const { tenant, deletedClasses } = options;
  const live = (await listVersions(session, tenant)).find(({ active }) => active);
  const version = await upload(session, tenant, built);
  const changes = changesBetween(live?.classes ?? [], version.classes);
  for (const line of changeLines(changes, { deleted: deletedClasses, template: templateClasses() }))
    say(`  ${line}`);
  if (version.active) {
    say(`${pc.green('live')}   ${version.id} is live already, with the same content`);
    printVersion(version, options);
    return;
  }
  if (!options.activate) {
    say(`${pc.green('stored')} ${version.id}; make it live with`);
    say(`       npx z0 rollback ${version.id} --tenant ${tenant}`);
    printVersion(version, options);
    return;
  }
  await requireSecrets(session, tenant, version);
  const differs = await showPreview(session, version, options);
  if (!options.yes) {
    await confirmNames(terminal(), deletedClasses, (name) => `All facts of ${name} will be gone.`);
    await askToGoOn(version, differs, options);
  }
  const accepted = differs ? version.id : undefined;
  const done = await activate(session, tenant, version.id, live?.id ?? null, accepted);
  say(`${pc.green('live')}   ${tenant} runs ${version.id}`);
  tellActivated(done);
  if (live !== undefined) {
    say(`${pc.dim('back')}   npx z0 rollback ${live.id} --tenant ${tenant}`);
  }
  printVersion(done.version, options);
}

/** Shows what the version would make of the history; whether that has to be accepted. */
async function showPreview(
  session: Session,
  { id, wasLive }: Version,
  { tenant, yes, accepts }: DeployOptions,
): Promise<boolean> {
  if (wasLive) return false;
  const found = await preview(session, tenant, id, 'all');
  tellPreview(found);
  if (!found.differs || accepts || !yes) return found.differs;
  throw new CliError(
    `${id} would change the history of ${tenant}: that is not accepted by --yes`,
    'repeat it with --accept-differences, too, if that is meant; nothing became live',
  );
}

async function askToGoOn(
  { id }: Version,
  differs: boolean,
  { tenant, accepts }: DeployOptions,
): Promise<void> {
  const isAsked = differs && !accepts;
  if (isAsked) await confirmNames(terminal(), [id], () => `Entities of ${tenant} would differ.`);
  else await confirm(terminal(), `Make ${id} live for ${tenant}?`);
}

function printVersion({ id, raw }: Version, { json }: DeployOptions): void {
  if (json) printJson(raw);
  else process.stdout.write(`${id}\n`);
}

async function upload(session: Session, tenant: string, built: BuiltUpload): Promise<Version> {
  const answer = await putWorker(session, tenant, built);
  const findings = findingsIn(answer);
  if (findings !== undefined) {
    throw refusedOver(
      findings.map((finding) => toldLine(finding, built.bundle)),
      'the platform refuses it',
    );
  }
  if (answer.status >= 300) throw refusal(answer);
  const version = versionOf(answer.body);
  const known = answer.status === 200 ? ' (uploaded before, with the same content)' : '';
  say(`${pc.dim('·')} uploaded as ${version.id}${known}`);
  return version;
}

function tellBuilt(built: BuiltUpload): void {
  for (const { name, bytes } of sizesOf(built)) {
    say(`${pc.dim('·')} ${name}: ${(bytes / 1000).toFixed(1)} kB, no findings`);
  }
}

function sizesOf({ modules }: BuiltUpload): { name: string; bytes: number }[] {
  return modules.map(({ name, content }) => ({ name, bytes: Buffer.byteLength(content) }));
}
