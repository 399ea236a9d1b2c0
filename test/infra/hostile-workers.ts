// Code that means harm, one Worker a kind, with the answer that its callers get: what the tests and
// the benchmark send against a neighbour. It runs nothing.

export interface Hostile {
  readonly code: string;
  /** Found in the answer: what the dispatch Worker caught, the body, or why the upload was refused. */
  readonly says: RegExp;
  /** `body`: it answers. `error`: the dispatch throws. `upload`: it is refused when it is uploaded. */
  readonly at: 'body' | 'error' | 'upload';
  /** Its process ends with it. */
  readonly ends?: true;
  /** Dispatched without an outbound Worker, so that only the runtime stands in its way. */
  readonly open?: true;
  /** Without `nodejs_compat`. */
  readonly plain?: true;
}

const handler = (body: string): string =>
  `export default { async fetch(request, env) { ${body} } };`;
/** What it did, or why it could not. */
const attempt = (imports: string, work: string): string =>
  `${imports}; ${handler(`try { return new Response('did: ' + (${work})); } catch (error) { return new Response('could not: ' + error.message); }`)}`;

const CPU = /Worker exceeded CPU time limit\./;
const COULD_NOT = /^could not: /;
const HELLO = handler("return new Response('hello');");

/** `address` is one on this machine that must not be reached: the API's. */
export const hostileWorkers = (address: string): Record<string, Hostile> => ({
  ...eatsTime,
  ...answersOddly,
  ...reachesOut(address),
  ...looksAround,
  ...doesNotStart,
});

const eatsTime: Record<string, Hostile> = {
  'endless-loop': { code: handler('for (;;) {}'), says: CPU, at: 'error', ends: true },
  'microtask-storm': {
    code: handler('const spin = () => Promise.resolve().then(spin); await spin();'),
    says: CPU,
    at: 'error',
    ends: true,
  },
  recursion: {
    code: handler('const deeper = () => deeper() + 1; return new Response(deeper());'),
    says: /Maximum call stack size exceeded/,
    at: 'error',
  },
  'allocation-bomb': {
    code: handler(
      'const hoard = []; for (;;) hoard.push(new Array(100000).fill(hoard.length + 0.5));',
    ),
    says: /Worker exceeded memory limit\./,
    at: 'error',
    ends: true,
  },
  'buffer-bomb': {
    code: handler(
      'const hoard = []; for (;;) hoard.push(new Uint8Array(1024 * 1024).fill(hoard.length));',
    ),
    says: /Worker exceeded (memory|CPU time) limit\./,
    at: 'error',
    ends: true,
  },
  'log-flood': {
    code: handler(
      "for (let i = 0; i < 400000; i += 1) console.log('x'.repeat(1000)); return new Response('logged');",
    ),
    says: CPU,
    at: 'error',
    ends: true,
  },
};

const answersOddly: Record<string, Hostile> = {
  'throws-text': { code: handler("throw 'just a text';"), says: /just a text/, at: 'error' },
  'throws-null': { code: handler('throw null;'), says: /null/, at: 'error' },
  'many-headers': {
    code: handler(
      "const headers = new Headers(); for (let i = 0; i < 20000; i += 1) headers.append('x-' + i, 'v'.repeat(100)); return new Response('x', { headers });",
    ),
    says: /Network connection lost\./,
    at: 'error',
  },
  'process-exit': { code: handler('process.exit(1);'), says: /process\.exit\(1\)/, at: 'error' },
};

/** Their bodies are long or have no end; who calls them says what arrives. */
export const LARGE_REPLY = handler('return new Response(new Uint8Array(50 * 1024 * 1024));');
export const ENDLESS_REPLY = handler(
  'return new Response(new ReadableStream({ pull(controller) { controller.enqueue(new Uint8Array(65536)); } }));',
);

const reachesOut = (address: string): Record<string, Hostile> => ({
  'fetch-loopback': {
    code: attempt('', `(await fetch('${new URL(address).origin}/')).status`),
    says: COULD_NOT,
    at: 'body',
    open: true,
  },
  'fetch-api': {
    code: attempt('', `(await fetch('${address}/user/tokens/verify')).status`),
    says: COULD_NOT,
    at: 'body',
    open: true,
  },
  connect: {
    code: attempt(
      "import { connect } from 'cloudflare:sockets'",
      `(await connect('${new URL(address).host}').opened).remoteAddress`,
    ),
    says: COULD_NOT,
    at: 'body',
    open: true,
  },
  'node-connect': {
    code: attempt(
      "import net from 'node:net'",
      `await new Promise((resolve, reject) => net.connect(${new URL(address).port}, '127.0.0.1').on('connect', resolve).on('error', reject))`,
    ),
    says: COULD_NOT,
    at: 'body',
    open: true,
  },
  'many-subrequests': {
    code: handler(
      "let done = 0; try { for (; done < 10000; done += 1) await (await fetch('https://example.com/')).text(); } catch (error) { return Response.json({ done, error: error.message }); } return Response.json({ done });",
    ),
    says: /"error":"Too many subrequests\."/,
    at: 'body',
  },
});

const looksAround: Record<string, Hostile> = {
  'imports-node': {
    code: attempt("import fs from 'node:fs'", "fs.readFileSync('/etc/passwd', 'utf8')"),
    says: /^could not: no such file/,
    at: 'body',
  },
  'lists-processes': {
    code: attempt("import fs from 'node:fs'", "fs.readdirSync('/proc').join()"),
    says: /^could not: no such file/,
    at: 'body',
  },
  'runs-commands': {
    code: attempt("import child from 'node:child_process'", "child.execSync('id')"),
    says: COULD_NOT,
    at: 'body',
  },
  'imports-node-without-the-flag': {
    code: attempt("import fs from 'node:fs'", "fs.readFileSync('/etc/passwd', 'utf8')"),
    says: COULD_NOT,
    at: 'body',
    plain: true,
  },
  'reads-environment': {
    code: attempt('', 'JSON.stringify(process.env)'),
    says: /^did: \{\}$/,
    at: 'body',
  },
  'uses-the-cache': {
    code: attempt('', "await caches.default.match('https://example.com/')"),
    says: COULD_NOT,
    at: 'body',
  },
  'reads-cf': { code: attempt('', 'typeof request.cf'), says: /^did: undefined$/, at: 'body' },
};

const doesNotStart: Record<string, Hostile> = {
  'syntax-error': { code: 'export default {', says: /10021.*SyntaxError/s, at: 'upload' },
  'endless-top-level-await': {
    code: `await new Promise(() => {}); ${HELLO}`,
    says: /10021/,
    at: 'upload',
  },
  'endless-top-level-loop': { code: `for (;;) {} ${HELLO}`, says: /10021/, at: 'upload' },
  'imports-internals': {
    code: `import inner from 'cloudflare-internal:workers'; ${HELLO}`,
    says: /10021.*No such module/s,
    at: 'upload',
  },
  'imports-unsafe': {
    code: `import unsafe from 'workerd:unsafe'; ${HELLO}`,
    says: /10021.*No such module/s,
    at: 'upload',
  },
};
