// `z0 versions …`: what a tenant's Worker was and is, what two versions differ in, and the code of one.
// It only looks.
import { defineCommand } from 'citty';
import pc from 'picocolors';
import { commonArgs, guarded, openSession, printJson, say, tenantArg } from './context.ts';
import { diffLines } from './custom/diff-text.ts';
import { plainText } from './custom/plain-text.ts';
import { saveVersion } from './custom/save-version.ts';
import { listVersions, pathOf, type Version } from './custom/versions.ts';

const list = defineCommand({
  meta: {
    name: 'list',
    description: 'List the versions of a tenant’s ledgers. Example: z0 versions --tenant acme',
  },
  args: { ...tenantArg, ...commonArgs },
  run: ({ args }) =>
    guarded(async () => {
      const versions = await listVersions(openSession(args.state), args.tenant);
      if (args.json) {
        printJson(versions.map(({ raw }) => raw));
        return;
      }
      const live = versions.find(({ active }) => active);
      if (live === undefined) {
        say(`${args.tenant} runs the template: deploy with \`npx z0 deploy\``);
      }
      for (const version of versions) process.stdout.write(`${row(version)}\n`);
      for (const text of live?.cannotUndo ?? []) {
        say(`${pc.yellow('note')}   cannot be undone: ${plainText(text)}`);
      }
    }),
});

const diff = defineCommand({
  meta: {
    name: 'diff',
    description:
      'Show what two versions differ in. Example: z0 versions diff live ver_01… --tenant acme',
  },
  args: {
    from: {
      type: 'positional',
      description: 'Version id, `live`, or `template` for the template alone',
      required: true,
    },
    to: { type: 'positional', description: 'The same', required: true },
    ...tenantArg,
    ...commonArgs,
  },
  run: ({ args }) =>
    guarded(async () => {
      const [from, to] = [args.from, args.to].map(encodeURIComponent);
      const path = `${pathOf(args.tenant)}/versions/${from}/diff/${to}`;
      const { body } = await openSession(args.state).operator('GET', path);
      if (args.json) {
        printJson(body);
        return;
      }
      const lines = diffLines(body);
      if (lines.length === 0) say('nothing differs');
      else process.stdout.write(`${lines.join('\n')}\n`);
    }),
});

const download = defineCommand({
  meta: {
    name: 'download',
    description:
      'Write the code of a version into a new folder. Example: z0 versions download ver_01… --tenant acme --to old',
  },
  args: {
    version: { type: 'positional', description: 'Version id', required: true },
    ...tenantArg,
    to: { type: 'string', description: 'Folder (default: the version id)', valueHint: 'DIR' },
    ...commonArgs,
  },
  run: ({ args }) =>
    guarded(async () => {
      const path = `${pathOf(args.tenant)}/versions/${encodeURIComponent(args.version)}/modules`;
      const { body } = await openSession(args.state).operator('GET', path);
      const files = saveVersion(body, args.to ?? args.version);
      if (args.json) printJson({ files });
      else process.stdout.write(`${files.join('\n')}\n`);
    }),
});

export const versionsCommand = defineCommand({
  meta: {
    name: 'versions',
    description: 'List, compare and download versions. Example: z0 versions --tenant acme',
  },
  // Known here too, so that `z0 versions --tenant acme` names no command by the id.
  args: { tenant: { type: 'string', description: 'Tenant id', valueHint: 'ID' }, ...commonArgs },
  default: 'list',
  subCommands: { list, diff, download },
});

/** Of health only what is news: what passed says nothing. */
const NO_NEWS = new Set(['passed', 'superseded']);

function row({ id, createdAt, active, classes, message, health }: Version): string {
  const line = [
    active ? '*' : ' ',
    id,
    createdAt,
    classes.map(({ name }) => name).join(','),
    plainText(message ?? '').replaceAll(/\s+/g, ' '),
  ]
    .join('  ')
    .trimEnd();
  if (health === undefined || NO_NEWS.has(health.status)) return line;
  const told = health.status === 'watching' ? pc.dim(health.text) : pc.red(health.text);
  return `${line}\n     ${told}`;
}
