// Lets what a tenant's code throws be seen in the live log, before the template answers for it with a
// problem that says nothing of the code. It changes no outcome.
import type { Hook } from '@z0-app/sdk';

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
    // Of an error itself the runtime's trace keeps the words alone.
    console.error(error instanceof Error ? (error.stack ?? error) : error);
    throw error;
  }
}
