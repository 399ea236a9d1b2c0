// Starts modules once in a throwaway process without storage or network, asks them one question over
// HTTP, and ends them. Whoever asked judges the answer; nothing is kept running.
import type { Config } from 'miniflare';
import { userWorker } from './user-worker-config.ts';
import {
  lowerPriority,
  StartupError,
  socketsListening,
  spawnWorkerd,
} from './user-worker-process.ts';

/** The first module's default export answers. */
export interface AskedCode {
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  readonly modules: readonly {
    readonly name: string;
    /** MIME type, as of an upload. */
    readonly type: string;
    readonly content: string;
  }[];
  readonly vars: Readonly<Record<string, string>>;
}

export type Asked =
  | { readonly ok: true; readonly text: string }
  /** The runtime's own words. */
  | { readonly ok: false; readonly message: string };

const ANSWER_LIMIT_MS = 5000;

/** `stateDir` marks the process, so that it is found should this one be killed. */
export async function askAlone(code: AskedCode, stateDir: string): Promise<Asked> {
  const child = spawnWorkerd(configOf(code), stateDir, []);
  lowerPriority(child);
  try {
    const ports = await socketsListening(child, ['ready']);
    return { ok: true, text: await ask(ports.get('ready') ?? 0) };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  } finally {
    child.kill('SIGKILL');
  }
}

function configOf(code: AskedCode): Config {
  const { compatibilityDate, compatibilityFlags, modules, vars } = code;
  const encoder = new TextEncoder();
  const worker = userWorker({
    metadata: { compatibility_date: compatibilityDate, compatibility_flags: compatibilityFlags },
    etag: '',
    bindings: Object.entries(vars).map(([name, text]) => ({ type: 'plain_text', name, text })),
    modules: modules.map((one) => ({ ...one, content: encoder.encode(one.content) })),
    secrets: new Map(),
    classes: [],
  });
  return {
    services: [
      { name: 'user', worker: { ...worker, globalOutbound: { name: 'nowhere' } } },
      { name: 'nowhere', network: { allow: [] } },
    ],
    sockets: [{ name: 'ready', address: '127.0.0.1:0', http: {}, service: { name: 'user' } }],
  };
}

async function ask(port: number): Promise<string> {
  try {
    const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
    const response = await fetch(`http://127.0.0.1:${port}/`, { signal });
    return await response.text();
  } catch {
    throw new StartupError('The code started and then did not answer.');
  }
}
