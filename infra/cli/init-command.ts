// `z0 init`: a project of custom ledgers, ready to be tested and deployed.
import { relative } from 'node:path';
import { defineCommand } from 'citty';
import pc from 'picocolors';
import { commonArgs, guarded, printJson, say } from './context.ts';
import { writeScaffold } from './custom/scaffold.ts';

export const initCommand = defineCommand({
  meta: {
    name: 'init',
    description: 'Begin a project of ledgers of your own. Example: z0 init ../points',
  },
  args: {
    dir: {
      type: 'positional',
      description: 'A folder that is empty or not there yet',
      required: true,
    },
    json: commonArgs.json,
  },
  run: ({ args }) =>
    guarded(async () => {
      const written = writeScaffold(args.dir);
      if (args.json) return printJson(written);
      const place = relative('', written.dir) || '.';
      say(`${pc.green('ready')}  ${written.name}: ${written.files.length} files in ${place}`);
      if (written.linked)
        say(`${pc.dim('·')} node_modules is a link to this repository’s packages`);
      say(`${pc.dim('next')}   cd ${place} && npm test`);
      say(`       npx z0 deploy ${place} --tenant acme`);
    }),
});
