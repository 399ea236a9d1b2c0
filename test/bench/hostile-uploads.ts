// `npm run bench -- uploads`: hostile code uploaded through the public API as a tenant's own, and what a
// neighbour on the same platform notices of it. It prints figures and judges none.
import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { newStateDir, PlatformProcess } from '../e2e/platform-process.ts';
import {
  asTenant,
  call,
  charge,
  newAccount,
  objectOf,
  onboard,
  type Answer as Told,
} from '../e2e/tenant-client.ts';
import {
  isAsStated,
  isRefused,
  uploadWild,
  type WildKind,
  wildKinds,
  wildModule,
} from '../e2e/wild-code.ts';
import { measureNeighbour, printHead } from './hostile-neighbour.ts';
import { print } from './table.ts';

/** A Worker that is ended more than twice in a minute is given a rest. */
const AGAIN_MS = 2_500;

export async function benchUploads(): Promise<void> {
  const stateDir = newStateDir();
  const platform = await PlatformProcess.start(stateDir, ['--no-seed']);
  try {
    const { state } = platform;
    const neighbour = await asTenant(await onboard(stateDir, 'neighbour'), 'neighbour');
    const account = await newAccount(neighbour);
    const append = async (): Promise<boolean> =>
      (await neighbour('POST', '/v1/facts', { body: charge(account, 1) })).status === 201;
    const { refused, running } = wildKinds(state.cloudflare_api_url);
    print(`${availableParallelism()} cores; the load comes from the same machine`);
    printHead('hostile code uploaded by a tenant');
    await onboard(stateDir, 'refused');
    for (const kind of refused) {
      const attack = (): Promise<Told> => uploadWild(state, 'refused', wildModule(kind));
      await measure(`${kind.name}, refused`, append, attack, isRefused);
    }
    for (const kind of running) {
      const attack = await madeLive(stateDir, platform, kind);
      await measure(kind.name, append, attack, (answer) => isAsStated(kind, answer));
    }
  } finally {
    await platform.end('SIGTERM');
    rmSync(stateDir, { recursive: true, force: true });
  }
}

async function measure(
  name: string,
  append: () => Promise<boolean>,
  attack: () => Promise<Told>,
  isStated: (answer: Told) => boolean,
): Promise<void> {
  const answers = new Map<object, Told>();
  await measureNeighbour({
    name,
    append,
    againMs: AGAIN_MS,
    attack: async () => {
      const answer = await attack();
      const told = { status: answer.status, text: JSON.stringify(answer.body) };
      answers.set(told, answer);
      return told;
    },
    isAsStated: (told) => {
      const answer = answers.get(told);
      return answer !== undefined && isStated(answer);
    },
  });
}

/** On a tenant of its own; answers how it is called. */
async function madeLive(
  stateDir: string,
  { state: { platform_url: url, operator_token: token } }: PlatformProcess,
  kind: WildKind,
): Promise<() => Promise<Told>> {
  const state = await onboard(stateDir, kind.name);
  const uploaded = await uploadWild(state, kind.name, wildModule(kind));
  const path = `/v1/tenants/${kind.name}/versions/${String(objectOf(uploaded.body).id)}/activate`;
  const live = await call(url, token, 'POST', path);
  if (live.status !== 200) throw new Error(`${kind.name}: ${JSON.stringify(live.body)}`);
  const tenant = await asTenant(state, kind.name);
  return () => tenant('GET', '/x/');
}
