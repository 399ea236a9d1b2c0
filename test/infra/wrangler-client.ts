// The pinned `wrangler` as a child process against one embedded Cloudflare, in a folder of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestCloud } from './test-cloud.ts';

/** A command takes a second or two. */
export const WRANGLER_LIMIT_MS = 120_000;

export interface WranglerRun {
  readonly ok: boolean;
  /** Everything it printed. */
  readonly output: string;
}

export interface WranglerClient {
  readonly folder: string;
  /** `stdin` is what it reads, for secrets. */
  run(args: readonly string[], cwd?: string, stdin?: string): Promise<WranglerRun>;
  /** What it printed; fails when the command does. */
  done(args: readonly string[], cwd?: string, stdin?: string): Promise<string>;
  /** What it printed; fails when the command goes through. */
  refused(args: readonly string[], cwd?: string): Promise<string>;
  /** A Worker's folder, as its developer has it. */
  project(name: string, code: string, config?: Record<string, unknown>): string;
  close(): void;
}

export function wranglerClient(test: TestCloud): WranglerClient {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'z0-wrangler-')));
  const manifest = createRequire(import.meta.url).resolve('wrangler/package.json');
  const cli = join(dirname(manifest), 'wrangler-dist/cli.js');
  const env = environment(test, folder);

  async function run(args: readonly string[], cwd = folder, stdin = ''): Promise<WranglerRun> {
    const child = spawn(process.execPath, ['--no-warnings', cli, ...args], { cwd, env });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => void (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => void (output += chunk.toString()));
    child.stdin.end(stdin);
    const [code] = (await once(child, 'close')) as [number | null];
    return { ok: code === 0, output };
  }

  async function ended(ok: boolean, args: readonly string[], cwd?: string, stdin?: string) {
    const ran = await run(args, cwd, stdin);
    if (ran.ok === ok) return ran.output;
    throw new TypeError(
      `wrangler ${args.join(' ')} ${ok ? 'failed' : 'went through'}:\n${ran.output}`,
    );
  }

  return {
    folder,
    run,
    done: (args, cwd, stdin) => ended(true, args, cwd, stdin),
    refused: (args, cwd) => ended(false, args, cwd),
    project: (name, code, config = {}) => writeProject(join(folder, name), name, code, config),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function environment({ cloud }: TestCloud, folder: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    CLOUDFLARE_API_BASE_URL: cloud.apiUrl,
    CLOUDFLARE_API_TOKEN: cloud.apiToken,
    CLOUDFLARE_ACCOUNT_ID: cloud.accountId,
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_SEND_ERROR_REPORTS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    WRANGLER_LOG_PATH: join(folder, 'logs'),
    CI: '1',
    NO_COLOR: '1',
  };
}

function writeProject(
  place: string,
  name: string,
  code: string,
  config: Record<string, unknown>,
): string {
  const document = { name, main: 'src/index.js', compatibility_date: '2026-10-01', ...config };
  mkdirSync(join(place, 'src'), { recursive: true });
  writeFileSync(join(place, 'src/index.js'), code);
  writeFileSync(join(place, 'wrangler.json'), JSON.stringify(document));
  return place;
}
