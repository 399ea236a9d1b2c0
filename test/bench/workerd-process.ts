// One Worker with SQLite Durable Objects in a plain workerd on a loopback port: no dispatcher, no
// platform. It knows nothing of what the Worker does.
// oxlint-disable-next-line typescript/triple-slash-reference -- ambient modules cannot be imported
/// <reference path="../../infra/local/runtime/workerd.d.ts" />
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serializeConfig } from 'miniflare';
import workerd from 'workerd';

export const COMPATIBILITY_DATE = '2026-10-01';

export interface WorkerdOptions {
  /** The Worker, as one ES module. */
  readonly module: string;
  /** Durable Object classes by binding name. */
  readonly classes: Readonly<Record<string, string>>;
}

export class WorkerdProcess {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(url: string, child: ChildProcess, folder: string) {
    this.url = url;
    this.#child = child;
    this.#folder = folder;
  }

  static async start({ module, classes }: WorkerdOptions): Promise<WorkerdProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'z0-bench-'));
    const config = serializeConfig({
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
    });
    const args = ['serve', '--binary', '--control-fd=3', '-'];
    const child = spawn(workerd.default, args, { stdio: ['pipe', 'ignore', 'inherit', 'pipe'] });
    child.stdin?.end(config);
    const port = await new Promise<number>((resolve, reject) => {
      child.once('exit', () => reject(new Error('the bare runtime did not start')));
      child.stdio[3]?.on('data', (chunk: Buffer) => {
        const event: unknown = JSON.parse(chunk.toString().split('\n')[0] ?? '{}');
        if (typeof event === 'object' && event !== null && 'port' in event)
          resolve(Number(event.port));
      });
    });
    return new WorkerdProcess(`http://127.0.0.1:${port}`, child, folder);
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
