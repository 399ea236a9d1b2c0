// Lets what a tenant's code throws be seen in the live log, before the template answers for it with a
// problem that says nothing of the code. It changes no outcome.
import type { Hook } from '@z0-app/sdk';

/** Of one object while it lives: a handler that fails in a replay fails at each fact. */
const MOST_REPORTS = 20;

/** Hooks as they are, but for what they throw: the ledger makes a fact of its message alone. */
export function reportedHooks(hooks: readonly Hook[]): readonly Hook[] {
  // Whatever can be walked through will do, as it does for the ledger.
  return Array.from(hooks, (hook) => ({
    name: hook.name,
    run: async (fact) => {
      await reported(() => hook.run(fact));
    },
  }));
}

/** What `run` answers. What it throws is logged with its stack, and thrown again. */
export async function reported<T>(run: () => T): Promise<Awaited<T>> {
  try {
    return await run();
  } catch (error) {
    report(error);
    throw error;
  }
}

/** Logs what handlers throw, and changes nothing of how they end: a synchronous one stays so. */
export class HandlerReports {
  #left = MOST_REPORTS;

  run(handler: () => void | Promise<void>): void | Promise<void> {
    try {
      const running = handler();
      if (!(running instanceof Promise)) return;
      // The one who is given it hears of the failure, too.
      running.catch((error: unknown) => this.#report(error));
      return running;
    } catch (error) {
      this.#report(error);
      throw error;
    }
  }

  #report(error: unknown): void {
    if (this.#left === 0) return;
    this.#left -= 1;
    report(error);
  }
}

function report(error: unknown): void {
  // Of an error itself the runtime's trace keeps the words alone.
  console.error(error instanceof Error ? (error.stack ?? error) : error);
}
