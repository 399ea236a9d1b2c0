// Runs the pinned `wrangler` as a child process against one environment. Its output is kept and
// shown only when it fails.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Environment } from './environment.ts';

/** `wrangler` refused or failed; `output` is everything it printed. */
export class WranglerError extends Error {
  readonly output: string;

  constructor(args: readonly string[], output: string) {
    super(`wrangler ${args.slice(0, 2).join(' ')} failed:\n${output.trim()}`);
    this.name = 'WranglerError';
    this.output = output;
  }
}

export async function runWrangler(
  environment: Environment,
  args: readonly string[],
  cwd: string,
): Promise<string> {
  const child = spawn(process.execPath, ['--no-warnings', wranglerPath(), ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      CLOUDFLARE_API_BASE_URL: environment.apiBaseUrl,
      CLOUDFLARE_API_TOKEN: environment.apiToken,
      CLOUDFLARE_ACCOUNT_ID: environment.accountId,
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_SEND_ERROR_REPORTS: 'false',
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
      WRANGLER_LOG_SANITIZE: 'true',
      WRANGLER_HIDE_BANNER: 'true',
      WRANGLER_LOG_PATH: join(cwd, 'logs'),
      CI: '1',
      NO_COLOR: '1',
    },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new WranglerError(args, output);
  return output;
}

function wranglerPath(): string {
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve('wrangler/package.json')), 'wrangler-dist', 'cli.js');
}
