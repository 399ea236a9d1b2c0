// Takes each bundle that the watch hands over to the developer's Worker, one at a time and the newest
// first, and tells how it went. Nothing ends it but its end: what is wrong is told, and it goes on.
import { CliError } from '../cli-error.ts';
import type { Bundle } from './bundle.ts';
import type { DevScreen } from './dev-screen.ts';
import { type Built, type Watch, watchProject } from './dev-watch.ts';
import type { Reloaded } from './dev-worker.ts';
import { faultLine } from './findings.ts';
import { type Project, readProject } from './project.ts';

export interface Reloads {
  reload(project: Project, bundle: Bundle): Promise<Reloaded>;
}

export class DevLoop {
  readonly #worker: Reloads;
  readonly #screen: DevScreen;
  #project: Project;
  #watch: Watch | undefined;
  #next: Built | undefined;
  #running: Promise<void> | undefined;
  #isOver = false;
  readonly #first = Promise.withResolvers<undefined>();

  constructor(project: Project, worker: Reloads, screen: DevScreen) {
    this.#project = project;
    this.#worker = worker;
    this.#screen = screen;
  }

  /** Resolves once it was told how the sources as they are do. */
  async start(): Promise<void> {
    this.#watch = await this.#watchOf(this.#project);
    await this.#first.promise;
  }

  /** Waits for what is under way: half a change helps nobody. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#watch?.end();
    await this.#running;
  }

  async #watchOf(project: Project): Promise<Watch> {
    return watchProject(project, (built) => {
      this.#next = built;
      this.#running ??= this.#takeAll();
    });
  }

  async #takeAll(): Promise<void> {
    for (let built = this.#next; built !== undefined && !this.#isOver; built = this.#next) {
      this.#next = undefined;
      await this.#take(built);
    }
    this.#running = undefined;
  }

  async #take(built: Built): Promise<void> {
    try {
      const project = readProject(this.#project.dir);
      const isMoved = project.main !== this.#project.main;
      this.#project = project;
      // The bundle of the new one comes by itself.
      if (isMoved) return await this.#watchAnew(project);
      await this.#reload(project, built);
    } catch (error) {
      this.#screen.fault(wordsOf(error));
    }
    this.#first.resolve(undefined);
  }

  async #watchAnew(project: Project): Promise<void> {
    await this.#watch?.end();
    this.#watch = await this.#watchOf(project);
  }

  async #reload(project: Project, { result, savedAtMs, bundleMs }: Built): Promise<void> {
    if (!result.ok) return this.#screen.fault(result.faults.map(faultLine));
    const reloaded = await this.#worker.reload(project, result.bundle);
    if (!reloaded.ok) return this.#screen.fault(reloaded.lines);
    const ms = Date.now() - savedAtMs;
    this.#screen.live({ ...reloaded, ms, steps: { bundle: bundleMs, ...reloaded.steps } });
  }
}

function wordsOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)];
  // How `fetch` says that nobody is there.
  if (error instanceof TypeError && error.cause instanceof Error) {
    return [
      `the platform does not answer: ${error.cause.message}; start it again and save once more`,
    ];
  }
  const hint = error instanceof CliError && error.hint !== undefined ? [error.hint] : [];
  return [...error.message.split('\n').map((line) => line.trim()), ...hint];
}
