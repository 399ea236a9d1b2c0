// Starts uploaded code once, in a throwaway process without storage, network or other tenants, to see
// whether it starts and what it exports. Nothing of it is kept running.
import { type Config, kVoid, type Worker } from 'miniflare';
import { inertExtension, SILENT_SERVICE, silentCode, trialBindings } from './trial-bindings.ts';
import { type UserWorkerCode, userWorker } from './user-worker-config.ts';
import {
  lowerPriority,
  StartupError,
  socketsListening,
  spawnWorkerd,
} from './user-worker-process.ts';

/** What the running code says of itself. */
export interface CodeExports {
  /** Of the default export: `fetch`, `scheduled`, … */
  readonly handlers: readonly string[];
  /** Every other export that is a class or an object with handlers. */
  readonly named_handlers: readonly {
    readonly name: string;
    readonly handlers: readonly string[];
  }[];
}

export type StartupOutcome =
  | { readonly ok: true; readonly exports: CodeExports }
  /** The runtime's own words. */
  | { readonly ok: false; readonly message: string };

const DESCRIBE_LIMIT_MS = 5000;
const MAIN = 'z0-describes-exports.js';

/** `stateDir` marks the process, so that it is found should this one be killed. */
export async function tryCode(code: UserWorkerCode, stateDir: string): Promise<StartupOutcome> {
  const child = spawnWorkerd(startupCheckConfig(code), stateDir, []);
  lowerPriority(child);
  try {
    const ports = await socketsListening(child, ['ready']);
    return { ok: true, exports: await describe(ports.get('ready') ?? 0) };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  } finally {
    child.kill('SIGKILL');
  }
}

/** The code as it is, which workerd judges, and once more behind a module of ours, which looks at it. */
function startupCheckConfig(code: UserWorkerCode): Config {
  return {
    services: [
      { name: 'user', worker: alone(code) },
      { name: 'described', worker: alone(describedCode(code)) },
      { name: 'nowhere', network: { allow: [] } },
      { name: SILENT_SERVICE, worker: silentWorker() },
    ],
    extensions: [inertExtension],
    // Its opening says that the code has started.
    sockets: [{ name: 'ready', address: '127.0.0.1:0', http: {}, service: { name: 'described' } }],
  };
}

function alone(code: UserWorkerCode): Worker {
  const globalOutbound = { name: 'nowhere' };
  const bindings = trialBindings(code);
  return {
    ...userWorker(code),
    bindings,
    durableObjectStorage: { inMemory: kVoid },
    globalOutbound,
  };
}

function silentWorker(): Worker {
  const modules = [{ name: 'silent.js', esModule: silentCode }];
  return { compatibilityDate: '2026-10-01', modules, globalOutbound: { name: 'nowhere' } };
}

function describedCode(code: UserWorkerCode): UserWorkerCode {
  const [first] = code.modules;
  const text = mainText(JSON.stringify(`./${first?.name ?? ''}`));
  const content = new TextEncoder().encode(text);
  const main = { name: MAIN, type: 'application/javascript+module', content };
  const classes = code.classes.map(({ className, uniqueKey }) => {
    return { className, uniqueKey: `described-${uniqueKey}` };
  });
  return { ...code, modules: [main, ...code.modules], classes };
}

/** Looks before it runs anything of theirs; what they make of it is said of themselves alone. */
const mainText = (main: string): string => `
const { json } = Response;
const { getOwnPropertyNames, getPrototypeOf } = Object;
import * as exported from ${main};
export * from ${main};

function handlersOf(value) {
  const names = new Set();
  const start = typeof value === 'function' ? value.prototype : value;
  for (let at = start; at && at !== Object.prototype; at = getPrototypeOf(at)) {
    for (const name of getOwnPropertyNames(at)) if (name !== 'constructor') names.add(name);
  }
  return [...names].slice(0, 200);
}

export default {
  fetch() {
    const named = [];
    for (const name of getOwnPropertyNames(exported)) {
      if (name === 'default') continue;
      named.push({ name, handlers: handlersOf(exported[name]) });
    }
    return json({ handlers: handlersOf(exported.default), named_handlers: named });
  },
};
`;

async function describe(port: number): Promise<CodeExports> {
  const signal = AbortSignal.timeout(DESCRIBE_LIMIT_MS);
  let answer: unknown;
  try {
    const response = await fetch(`http://127.0.0.1:${port}/`, { signal });
    answer = await response.json();
  } catch {
    throw new StartupError('The code started and then did not answer.');
  }
  return parseExports(answer);
}

/** The uploaded code could have answered this itself, so every part of it is checked. */
function parseExports(answer: unknown): CodeExports {
  const { handlers, named_handlers: named }: Record<string, unknown> = fieldsOf(answer);
  return {
    handlers: texts(handlers),
    named_handlers: (Array.isArray(named) ? named : []).map(fieldsOf).map((one) => ({
      name: String(one.name),
      handlers: texts(one.handlers),
    })),
  };
}

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
