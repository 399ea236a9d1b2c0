// Workers in a plain workerd on loopback ports: no dispatcher, no platform. It knows nothing of what
// they do.
// oxlint-disable-next-line typescript/triple-slash-reference -- ambient modules cannot be imported
/// <reference path="../../infra/local/runtime/workerd.d.ts" />
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, serializeConfig } from 'miniflare';
import workerd from 'workerd';

export const COMPATIBILITY_DATE = '2026-10-01';

/** One line of workerd's control pipe. */
const LISTENING = /"socket":"([^"]+)","port":(\d+)/g;

export interface WorkerdOptions {
  /** The Worker, as one ES module. */
  readonly module: string;
  /** Durable Object classes by binding name. */
  readonly classes: Readonly<Record<string, string>>;
}

export class WorkerdProcess {
  /** Where each socket listens, by its name: `127.0.0.1:<port>`. */
  readonly addresses: ReadonlyMap<string, string>;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(addresses: ReadonlyMap<string, string>, child: ChildProcess, folder: string) {
    this.addresses = addresses;
    this.#child = child;
    this.#folder = folder;
  }

  /** One Worker behind one socket. */
  static async start({ module, classes }: WorkerdOptions): Promise<WorkerdProcess> {
    return WorkerdProcess.run((folder) => ({
      services: [
        {
          name: 'bare',
          worker: {
            compatibilityDate: COMPATIBILITY_DATE,
            modules: [{ name: 'index.js', esModule: module }],
            bindings: Object.entries(classes).map(([name, className]) => ({
              name,
              durableObjectNamespace: { className },
            })),
            durableObjectNamespaces: Object.values(classes).map((className) => ({
              className,
              uniqueKey: className.toLowerCase(),
              enableSql: true,
            })),
            durableObjectStorage: { localDisk: 'disk' },
          },
        },
        { name: 'disk', disk: { path: folder, writable: true } },
      ],
      sockets: [{ name: 'http', address: '127.0.0.1:0', http: {}, service: { name: 'bare' } }],
    }));
  }

  /** Any configuration; it is told the folder that ends with the process. A debug port listens like a
   * socket of the name `debug-port`. */
  static async run(
    configured: (folder: string) => Config,
    debugPort = false,
  ): Promise<WorkerdProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'z0-bench-'));
    const config = configured(folder);
    const args = debugPort ? ['--debug-port=127.0.0.1:0'] : [];
    const all = ['serve', '--binary', '--experimental', '--control-fd=3', ...args, '-'];
    const child = spawn(workerd.default, all, { stdio: ['pipe', 'ignore', 'inherit', 'pipe'] });
    child.stdin?.end(serializeConfig(config));
    const wanted = (config.sockets ?? []).length + args.length;
    const addresses = await new Promise<Map<string, string>>((resolve, reject) => {
      const found = new Map<string, string>();
      let events = '';
      child.once('exit', () => reject(new Error('the bare runtime did not start')));
      child.stdio[3]?.on('data', (chunk: Buffer) => {
        events += chunk.toString();
        for (const [, name = '', port = ''] of events.matchAll(LISTENING))
          found.set(name, `127.0.0.1:${port}`);
        if (found.size === wanted) resolve(found);
      });
    });
    return new WorkerdProcess(addresses, child, folder);
  }

  /** Of a process with one socket. */
  get url(): string {
    return this.urlOf('http');
  }

  urlOf(socket: string): string {
    return `http://${this.addresses.get(socket)}`;
  }

  /** Processor time it used so far, milliseconds, which other programs do not add to; 0 where unknown. */
  cpuMs(): number {
    const file = `/proc/${this.#child.pid}/stat`;
    if (!existsSync(file)) return 0;
    // After the name, which may hold anything: the 12th and 13th are in hundredths of a second.
    const fields = readFileSync(file, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return 10 * (Number(fields[11]) + Number(fields[12]));
  }

  stop(): void {
    this.#child.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
