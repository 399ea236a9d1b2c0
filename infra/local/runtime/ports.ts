// Which loopback port serves what. With a base of 0 every port is a free one, chosen once per run.
import { createServer } from 'node:net';

export interface Ports {
  readonly api: number;
  /** Every account Worker, by `Host: <script>.workers.localhost`. */
  readonly workers: number;
  /** The Worker's own port; the same for as long as this run lasts. */
  portOf(script: string): number;
}

const RESERVED_FREE_PORTS = 24;

/** Plans the ports from `base` upwards (`base`: API, `base + 1`: all Workers, then one a Worker). */
export async function planPorts(base: number): Promise<Ports> {
  const pool =
    base === 0
      ? await freePorts(RESERVED_FREE_PORTS)
      : Array.from({ length: 1000 }, (_, index) => base + index);
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

/** Holds all servers open until every port is known, so that no port is given twice. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(
    servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
