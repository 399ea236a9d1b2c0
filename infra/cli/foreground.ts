// What commands that run in the foreground until Ctrl-C have in common: how they begin on a state
// folder and how they end.
import type { ArgsDef } from 'citty';
import {
  type LocalCloudflare,
  StateInUseError,
  startLocalCloudflare,
} from '../local/local-cloudflare.ts';
import { PortTakenError } from '../local/runtime/ports.ts';
import { CliError } from './cli-error.ts';
import { say } from './context.ts';

const DEFAULT_PORT_BASE = 8700;

export const portArgs = {
  'port-base': {
    type: 'string',
    description: 'First port; 0 takes free ones',
    default: String(DEFAULT_PORT_BASE),
    valueHint: 'N',
  },
} satisfies ArgsDef;

export function portBaseOf(text: string): number {
  const portBase = Number(text);
  if (!Number.isInteger(portBase) || portBase < 0 || portBase > 65_000) {
    throw new CliError('--port-base must be a port number, or 0 for free ones');
  }
  return portBase;
}

/** The embedded Cloudflare on `stateDir`; what a person can do about a refusal is said. */
export async function startCloudflare(
  stateDir: string,
  portBase: number,
  report: (line: string) => void = say,
): Promise<LocalCloudflare> {
  try {
    return await startLocalCloudflare({ stateDir, portBase, report });
  } catch (error) {
    if (error instanceof StateInUseError) throw new CliError(error.message);
    if (error instanceof PortTakenError) {
      throw new CliError(error.message, 'choose others with --port-base N, or 0 for free ones');
    }
    throw error;
  }
}

/** Resolves on the first signal that asks the process to end. */
export function stopSignal(): Promise<'stopped'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => resolve('stopped'));
    }
  });
}
