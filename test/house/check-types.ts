// Runs the type checker over every tsconfig.json of the repository, so that no room can be forgotten.
// Prints what tsc says and ends with its failure; changes nothing.
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { readSourceFiles } from './source-files.ts';

const root = join(import.meta.dirname, '../..');
const tsc = join(root, 'node_modules/.bin/tsc');

const projects = readSourceFiles(root)
  .map(({ path }) => path)
  .filter((path) => path.endsWith('/tsconfig.json'));

const waiting = [...projects];
const failed: string[] = [];

await Promise.all(Array.from({ length: availableParallelism() }, checkNext));
if (failed.length > 0) {
  process.stderr.write(`types: ${failed.length} of ${projects.length} projects fail\n`);
  process.exit(1);
}
process.stdout.write(`types: ${projects.length} projects hold\n`);

async function checkNext(): Promise<void> {
  for (let project = waiting.shift(); project !== undefined; project = waiting.shift()) {
    const output = await check(project);
    if (output === undefined) continue;
    failed.push(project);
    process.stderr.write(`${project}\n${output}\n`);
  }
}

/** What tsc has to say about one project; undefined when it is content. */
function check(project: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(tsc, ['-p', project], { cwd: root, encoding: 'utf8' }, (error, stdout, stderr) => {
      const said = `${stdout}${stderr}`.trim();
      resolve(error === null ? undefined : said === '' ? error.message : said);
    });
  });
}
