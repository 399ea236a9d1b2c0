// What every part of the local benchmark starts from: `z0 cloudflare` in a process of its own, with a
// dispatch namespace and a dispatch Worker. It measures nothing.
import { rmSync } from 'node:fs';
import { newStateDir, until } from '../e2e/platform-process.ts';
import { type Answer, answerOf, CloudProcess } from '../infra/cloud-process.ts';
import { uploadForm } from './subjects.ts';

const NAMESPACE = 'customers';
const SCRIPTS = `workers/dispatch/namespaces/${NAMESPACE}/scripts`;
const ROUTER = 'router';

/** Tells what it caught as the text of a 503. */
const ROUTER_CODE = `export default {
  async fetch(request, env) {
    const name = new URL(request.url).pathname.split('/')[1];
    try {
      return await env.DISPATCHER.get(name).fetch(request);
    } catch (error) {
      return new Response(error.message, { status: 503 });
    }
  },
};`;

export class LocalCloud {
  readonly #cloud: CloudProcess;
  #routerUrl = '';

  private constructor(cloud: CloudProcess) {
    this.#cloud = cloud;
  }

  static async start(): Promise<LocalCloud> {
    const cloud = new LocalCloud(await CloudProcess.start(newStateDir()));
    const namespace = JSON.stringify({ name: NAMESPACE });
    await cloud.#cloud.call('POST', 'workers/dispatch/namespaces', namespace);
    cloud.#routerUrl = await cloud.addRouter(ROUTER);
    return cloud;
  }

  get stateDir(): string {
    return this.#cloud.stateDir;
  }

  get apiUrl(): string {
    return this.#cloud.state.cloudflare_api_url;
  }

  /** An account Worker that dispatches, by the outbound Worker when one is named; its address. */
  async addRouter(name: string, outbound?: string): Promise<string> {
    const binding = {
      type: 'dispatch_namespace',
      name: 'DISPATCHER',
      namespace: NAMESPACE,
      ...(outbound !== undefined && { outbound: { worker: { service: outbound } } }),
    };
    await this.addAccountWorker(name, ROUTER_CODE, { bindings: [binding] });
    const url = await this.#cloud.addressOf(name);
    await until(async () => (await answerOf(`${url}/nobody/`)).status === 503, 20_000);
    return url;
  }

  async addAccountWorker(
    name: string,
    code: string,
    metadata: Record<string, unknown> = {},
  ): Promise<void> {
    const form = uploadForm(code, metadata);
    await this.#cloud.call('PUT', `workers/scripts/${name}`, form);
  }

  /** Uploads a user Worker; the API's answer, which may be a refusal. */
  async tryUpload(
    name: string,
    code: string,
    metadata: Record<string, unknown> = {},
  ): Promise<Answer> {
    return this.#cloud.api('PUT', `${SCRIPTS}/${name}`, uploadForm(code, metadata));
  }

  async upload(name: string, code: string, metadata: Record<string, unknown> = {}): Promise<void> {
    const { status, text } = await this.tryUpload(name, code, metadata);
    if (status !== 200) throw new Error(`the upload of ${name} was refused: ${text}`);
  }

  url(script: string, path: string): string {
    return `${this.#routerUrl}/${script}${path}`;
  }

  async visit(script: string, path: string): Promise<Answer> {
    return answerOf(this.url(script, path));
  }

  async stop(): Promise<void> {
    await this.#cloud.end('SIGTERM');
    rmSync(this.stateDir, { recursive: true, force: true });
  }
}
