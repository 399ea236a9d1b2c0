// Names what was uploaded by its content: the same code and settings have the same hash, whoever
// sends them and with whatever message. Pure.
import type { WorkerManifest } from './manifest.ts';
import type { WorkerModule } from './modules.ts';

/** SHA-256, hexadecimal. */
export async function contentHashOf(
  manifest: WorkerManifest,
  modules: readonly WorkerModule[],
): Promise<string> {
  const canonical = {
    main_module: manifest.main_module,
    delete_classes: (manifest.delete_classes ?? []).toSorted(),
    vars: sorted(Object.entries(manifest.vars ?? {})),
    // Left out where there is none: what was uploaded before there were any keeps its hash.
    ...(manifest.secrets?.length ? { secrets: manifest.secrets.toSorted() } : {}),
    ...(manifest.schedules?.length ? { schedules: manifest.schedules } : {}),
    ...(manifest.queue === undefined ? {} : { queue: manifest.queue }),
    modules: sorted(modules.map(({ name, content }) => [name, content])),
  };
  const bytes = new TextEncoder().encode(JSON.stringify(canonical));
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  const digits = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0'));
  return digits.join('');
}

function sorted(entries: [string, string][]): [string, string][] {
  return entries.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
