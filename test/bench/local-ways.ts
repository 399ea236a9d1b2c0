// What carrying a call to another process costs by itself: the ways there are, each as bare as it can
// be, on the same work. It prints figures and judges none.
import { kVoid } from 'miniflare';
import { measure } from './measure.ts';
import { line, median, print } from './table.ts';
import { COMPATIBILITY_DATE, WorkerdProcess } from './workerd-process.ts';

const CLIENTS = 32;
const ROUNDS = 3;

const HELLO = "export default { fetch: () => new Response('hello') };";
const PASSES_ON = 'export default { fetch: (request, env) => env.NEXT.fetch(request) };';
const PASSES_ON_BY_DEBUG_PORT =
  "export default { fetch: (request, env) => env.PORT.connect(env.ADDRESS).getEntrypoint('hello').fetch(request) };";

interface Bare {
  readonly name: string;
  readonly code: string;
  readonly bindings?: readonly object[];
}

const worker = ({ name, code, bindings = [] }: Bare): object => ({
  name,
  worker: {
    compatibilityDate: COMPATIBILITY_DATE,
    modules: [{ name: 'index.js', esModule: code }],
    bindings,
  },
});

const socket = (name: string): object => ({
  name,
  address: '127.0.0.1:0',
  http: {},
  service: { name },
});

const next = (name: string): object[] => [{ name: 'NEXT', service: { name } }];

/** Rates in requests a second and their share of the first, medians of rounds in turn. */
export async function benchWays(): Promise<void> {
  const far = await WorkerdProcess.run(
    () => ({
      services: [
        worker({ name: 'hello', code: HELLO }),
        worker({ name: 'door', code: PASSES_ON, bindings: next('hello') }),
      ],
      sockets: [socket('hello'), socket('door')],
    }),
    true,
  );
  const near = await WorkerdProcess.run(() => ({
    services: [
      worker({ name: 'hello', code: HELLO }),
      ...['hello', 'door'].map((name) => ({
        name: `far-${name}`,
        external: { address: far.addresses.get(name) ?? '', http: {} },
      })),
      worker({ name: 'by-binding', code: PASSES_ON, bindings: next('hello') }),
      worker({ name: 'by-http', code: PASSES_ON, bindings: next('far-hello') }),
      worker({ name: 'by-http-and-door', code: PASSES_ON, bindings: next('far-door') }),
      worker({
        name: 'by-debug-port',
        code: PASSES_ON_BY_DEBUG_PORT,
        bindings: [
          { name: 'PORT', workerdDebugPort: kVoid },
          { name: 'ADDRESS', text: far.addresses.get('debug-port') ?? '' },
        ],
      }),
    ],
    sockets: ['hello', 'by-binding', 'by-http', 'by-http-and-door', 'by-debug-port'].map(socket),
  }));
  try {
    await printWays({
      'hit directly': near.urlOf('hello'),
      'a binding in the same process': near.urlOf('by-binding'),
      'HTTP to another process': near.urlOf('by-http'),
      'HTTP, then a door in front of it': near.urlOf('by-http-and-door'),
      'the debug port': near.urlOf('by-debug-port'),
    });
  } finally {
    near.stop();
    far.stop();
  }
}

async function printWays(ways: Readonly<Record<string, string>>): Promise<void> {
  const rates = new Map<string, number[]>();
  let failed = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, url] of Object.entries(ways)) {
      const one = await measure({ url: `${url}/`, method: 'GET' }, CLIENTS);
      rates.set(name, [...(rates.get(name) ?? []), one.requestsPerSecond]);
      failed += one.failed;
    }
  }
  const direct = median(rates.get('hit directly') ?? []);
  print(`\nthe bare ways to carry a call, ${CLIENTS} clients, ${failed} failed`);
  for (const [name, all] of rates) {
    const rate = median(all);
    print(line(`  ${name}`, `${rate.toFixed(0)}/s`, (rate / direct).toFixed(2)));
  }
}
