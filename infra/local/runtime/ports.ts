// Which loopback port serves what. With a base of 0 every port is a free one; the choice is kept in
// the state folder, so that a restart keeps its addresses as long as nobody took them.
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { writeWhole } from '../state/whole-file.ts';

export interface Ports {
  readonly api: number;
  /** Every account Worker, by `Host: <script>.workers.localhost`. */
  readonly workers: number;
  /** The Worker's own port; the same for as long as this run lasts. */
  portOf(script: string): number;
}

const FREE_PORTS = 200;
const LOWEST_FREE_PORT = 10_240;
const HIGHEST_FREE_PORT = 32_768;
/** API, all Workers by host, and the first Workers' own. */
const CHECKED_PORTS = 5;
const PORTS_FROM_BASE = 1000;

/** Plans the ports from `base` upwards (`base`: API, `base + 1`: all Workers, then one a Worker). */
export async function planPorts(base: number, memory: string): Promise<Ports> {
  const pool = base === 0 ? await freePorts(memory) : await portsFrom(base);
  const [api = 0, workers = 0, ...rest] = pool;
  const given = new Map<string, number>();
  return {
    api,
    workers,
    portOf: (script) => {
      const port = given.get(script) ?? rest.shift() ?? 0;
      given.set(script, port);
      return port;
    },
  };
}

/** A port that the run cannot do without is in use. */
export class PortTakenError extends Error {
  constructor(port: number) {
    super(`port ${port} is in use by another program`);
    this.name = 'PortTakenError';
  }
}

/** Looks at the first few before anything starts: a taken port is an answer now, not a crash later. */
async function portsFrom(base: number): Promise<number[]> {
  for (let port = base; port < base + CHECKED_PORTS; port += 1) {
    const server = await hold(port);
    if (server === undefined) throw new PortTakenError(port);
    await new Promise((resolve) => server.close(resolve));
  }
  return Array.from({ length: PORTS_FROM_BASE }, (_, index) => base + index);
}

/** The remembered ports that are still free, filled up with others. All lie below the range that
 * systems hand to outgoing connections, so that none is taken between this look and its use. */
async function freePorts(memory: string): Promise<number[]> {
  const wanted = remembered(memory);
  // All are held open until the last is known, so that no port is given twice.
  const held: Server[] = [];
  const ports: number[] = [];
  let next = randomInt(LOWEST_FREE_PORT, HIGHEST_FREE_PORT - PORTS_FROM_BASE);
  for (let index = 0; index < FREE_PORTS; index += 1) {
    let port = wanted[index] ?? next++;
    let server = await hold(port);
    while (server === undefined) {
      port = next++;
      server = await hold(port);
    }
    held.push(server);
    ports.push(port);
  }
  await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  writeWhole(memory, JSON.stringify(ports));
  return ports;
}

function hold(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

function remembered(memory: string): number[] {
  try {
    const value: unknown = JSON.parse(readFileSync(memory, 'utf8'));
    return Array.isArray(value) ? value.map(Number) : [];
  } catch {
    // The first run of this state folder.
    return [];
  }
}
