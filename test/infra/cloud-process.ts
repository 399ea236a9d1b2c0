// `z0 cloudflare` in a process of its own, as a stranger runs it: started, called through its API and
// its dispatch Worker, ended by signal. It signals no process but the one it started.
import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { CloudflareState } from '../../infra/cli/local-state.ts';

const Z0 = fileURLToPath(new URL('../../infra/bin/z0.js', import.meta.url));
const START_LIMIT_MS = 60_000;
const CALL_LIMIT_MS = 30_000;

/** `status` 0: no answer. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

export class CloudProcess {
  readonly stateDir: string;
  readonly state: CloudflareState;
  readonly child: ChildProcess;

  private constructor(stateDir: string, child: ChildProcess, state: CloudflareState) {
    this.stateDir = stateDir;
    this.child = child;
    this.state = state;
  }

  /** The bare process, which may be anywhere in its start. */
  static spawn(stateDir: string): ChildProcessByStdio<null, Readable, Readable> {
    const args = [Z0, 'cloudflare', '--port-base', '0', '--state', stateDir, '--json'];
    return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** Resolves once it says that it is ready. */
  static async start(stateDir: string): Promise<CloudProcess> {
    const child = CloudProcess.spawn(stateDir);
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString()}`.slice(-4000);
    });
    const printed = await new Promise<string>((resolve, reject) => {
      const fail = (): void => {
        child.kill('SIGKILL');
        reject(new Error(`z0 cloudflare did not start: ${said}`));
      };
      const timer = setTimeout(fail, START_LIMIT_MS);
      let text = '';
      child.once('exit', fail);
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (!text.endsWith('}\n')) return;
        clearTimeout(timer);
        child.off('exit', fail);
        resolve(text);
      });
    });
    // It printed it itself.
    return new CloudProcess(stateDir, child, JSON.parse(printed) as CloudflareState);
  }

  /** Its answer to a call of the API; `path` begins after the account. */
  async api(method: string, path: string, body: string | FormData | null = null): Promise<Answer> {
    const { cloudflare_api_url: api, account_id: account, api_token: token } = this.state;
    const headers = { authorization: `Bearer ${token}` };
    return answerOf(`${api}/accounts/${account}/${path}`, { method, headers, body });
  }

  /** The `result` of a call of the API that must succeed. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows the answer's shape
  async call<T>(method: string, path: string, body: string | FormData | null = null): Promise<T> {
    const { status, text } = await this.api(method, path, body);
    if (status !== 200) throw new Error(`${method} ${path}: ${status} ${text}`);
    // The API of the same release answers it.
    return (JSON.parse(text) as { result: T }).result;
  }

  /** An account Worker's own address. */
  async addressOf(script: string): Promise<string> {
    const { local_url: url } = await this.call<{ local_url: string }>(
      'GET',
      `workers/workers/${script}`,
    );
    return url;
  }

  /** Sends `signal` to the parent alone, and answers once it ended. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill(signal);
    await ended;
  }
}

/** A call that never throws. */
export async function answerOf(url: string, init: RequestInit = {}): Promise<Answer> {
  try {
    const signal = AbortSignal.timeout(CALL_LIMIT_MS);
    const response = await fetch(url, { ...init, signal });
    return { status: response.status, text: await response.text() };
  } catch {
    return { status: 0, text: '' };
  }
}
