// Runs the build command that a Worker's wrangler.jsonc names, as `wrangler deploy` would: what it
// makes is part of the Worker, and so of what a release is.
import { spawn } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { DeployError } from './deploy-error.ts';
import { readWranglerConfig } from './wrangler-config.ts';

/** In the folder of the config. Does nothing for a Worker without a build command. */
export async function runBuild(configPath: string): Promise<void> {
  const command = readWranglerConfig(configPath).build?.command;
  if (command === undefined) return;
  const cwd = dirname(configPath);
  // The command may start `node`, and the one that runs this is the one that fits.
  const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);
  const env = { ...process.env, PATH };
  const child = spawn(command, { cwd, env, shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) return;
  const hint = `Run "${command}" in ${cwd}; it has to succeed before anything can be deployed.`;
  throw new DeployError(`The build of ${configPath} failed:\n${output.trim()}`, hint);
}
