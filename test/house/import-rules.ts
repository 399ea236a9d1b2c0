// Who may import whom: between the rooms, inside infra, and the packages that only one room may know.
import { type Import, importsOf } from './import-graph.ts';
import { eachFile, type Rule, type Violation } from './rule.ts';
import { isCode, isShipped, type Room, roomOf } from './source-files.ts';
import { isNode } from './syntax.ts';

const PURE_SDK = ['errors', 'problem', 'ids', 'json'].map((file) => `@z0-app/sdk/${file}`);

/** What the dispatcher reads from the platform, what it tells it, and how both refuse by a plan. */
const PURE_DISPATCHER = ['route-record', 'request-counts', 'plan-limit'].map(
  (file) => `@z0-app/dispatcher/${file}`,
);

/** What of our own packages a room may import by name. `test` may import everything. */
const DIRECTIONS: Record<Exclude<Room, 'test'>, readonly string[]> = {
  sdk: [],
  dispatcher: PURE_SDK,
  // Copies are of the template's preview alone: what customers may import cannot make one.
  'tenant-template': ['@z0-app/sdk', '@z0-app/sdk/ledger-copy', ...PURE_SDK],
  platform: ['@z0-app/sdk', ...PURE_SDK, '@z0-app/provisioning', ...PURE_DISPATCHER],
  provisioning: PURE_SDK,
  infra: [...PURE_SDK, '@z0-app/provisioning', '@z0-app/provisioning/deploy'],
};

/** Packages that stand for a privilege, and who may hold it. */
const KEEPERS: Record<string, readonly string[]> = {
  cloudflare: ['provisioning/'],
  jose: ['dispatcher/', 'platform/'],
  miniflare: ['infra/local/'],
  workerd: ['infra/local/'],
};

const LOCAL = 'infra/local/';
const LOCAL_CLIENTS = [LOCAL, 'infra/cli/', 'infra/demo/'];

export const directions: Rule = {
  rule: 'imports between rooms go by package name and only in the directions that ARCHITECTURE.md states',
  why: 'the control plane knows the data plane and never the reverse; a room that reaches into another room’s files cannot be changed alone.',
  instead:
    'import the other room’s package where the direction allows it; else move the code to the room that may know both. What a room offers stands in its package.json `exports`.',
  refuses: [
    { 'platform/src/a.ts': `import { ids } from '../../sdk/src/ids.ts';` },
    { 'sdk/src/a.ts': `export * from '@z0-app/provisioning';` },
    { 'dispatcher/src/a.ts': `import { EntityLedger } from '@z0-app/sdk';` },
    { 'platform/src/a.ts': `const deploy = await import('@z0-app/provisioning/deploy');` },
    { 'infra/cli/a.ts': `type W = import('../../test/infra/world.ts').World;` },
  ],
  allows: [
    { 'platform/src/a.ts': `import { routeKey } from '@z0-app/dispatcher/route-record';` },
    { 'dispatcher/src/a.ts': `import { newId } from '@z0-app/sdk/ids';` },
    { 'test/sdk/a.test.ts': `import { newId } from '../../sdk/src/ids.ts';` },
    { 'sdk/src/a.ts': `const text = "import x from '@z0-app/platform'";` },
  ],
  check: eachImport((path) => isShipped(path), crossesRooms),
};

export const localWall: Rule = {
  rule: 'only infra/cli and infra/demo import infra/local, and infra/local imports nothing of ours',
  why: 'the embedded Cloudflare is a product of its own, and the same code must run against the real one.',
  instead: 'speak to it over HTTP like any other client, or start it from infra/cli.',
  refuses: [
    { 'infra/stack.ts': `import { startLocal } from './local/local-cloudflare.ts';` },
    { 'infra/local/api/a.ts': `import { stack } from '../../stack.ts';` },
    { 'infra/local/api/a.ts': `import { plan } from '@z0-app/provisioning/deploy';` },
  ],
  allows: [
    { 'infra/cli/up.ts': `import { startLocal } from '../local/local-cloudflare.ts';` },
    { 'infra/local/api/a.ts': `import { store } from '../state/store.ts';` },
  ],
  check: eachImport((path) => path.startsWith('infra/'), crossesLocalWall),
};

export const keptPackages: Rule = {
  rule: '`cloudflare` is only in provisioning, `jose` only in dispatcher and platform, `miniflare` and `workerd` only in infra/local',
  why: 'each stands for a privilege: changing an account, judging a token, running the platform itself.',
  instead: 'call the room that holds the package.',
  refuses: [
    { 'platform/src/a.ts': `import Cloudflare from 'cloudflare/tree-shakable';` },
    { 'sdk/src/a.ts': `import { jwtVerify } from 'jose';` },
    { 'infra/cli/a.ts': `const { Miniflare } = await import('miniflare');` },
  ],
  allows: [
    { 'provisioning/src/a.ts': `import { PartialCloudflare } from 'cloudflare/tree-shakable';` },
    { 'platform/src/a.ts': `import { DurableObject } from 'cloudflare:workers';` },
    { 'test/e2e/a.ts': `import { SignJWT } from 'jose';` },
  ],
  check: eachImport(isShipped, ({ from, packageName = '' }) => {
    const keepers = Object.hasOwn(KEEPERS, packageName) ? (KEEPERS[packageName] ?? []) : undefined;
    const kept = keepers === undefined || keepers.some((folder) => from.startsWith(folder));
    return kept ? undefined : `imports \`${packageName}\``;
  }),
};

export const zodByName: Rule = {
  rule: 'zod is imported as `import * as z`, and as `zod/mini` in sdk and tenant-template',
  why: 'the namespace form is the one that bundlers can shake, and those two rooms run inside every tenant.',
  instead: `write \`import * as z from 'zod'\` (or 'zod/mini').`,
  refuses: [
    { 'platform/src/a.ts': `import { z } from 'zod';` },
    { 'sdk/src/a.ts': `import * as z from 'zod';` },
  ],
  allows: [
    { 'platform/src/a.ts': `import * as z from 'zod';` },
    { 'platform/src/a.ts': `import type { ZodType } from 'zod';` },
    { 'sdk/src/a.ts': `import * as z from 'zod/mini';` },
  ],
  check: eachImport(isShipped, zodMistake),
};

function eachImport(
  applies: (path: string) => boolean,
  judge: (imported: Import) => string | undefined,
): Rule['check'] {
  return eachFile(
    (path) => isCode(path) && applies(path),
    (file) =>
      importsOf(file).flatMap((imported): Violation[] => {
        const found = judge(imported);
        return found === undefined ? [] : [{ path: file.path, line: imported.line, found }];
      }),
  );
}

function crossesRooms({ from, specifier, target, packageName }: Import): string | undefined {
  const room = roomOf(from);
  if (room === undefined || room === 'test') return undefined;
  if (target !== undefined) {
    return target.startsWith(`${room}/`) ? undefined : `reaches out of ${room}: '${specifier}'`;
  }
  const ours = packageName?.startsWith('@z0-app/') ?? false;
  const allowed = !ours || DIRECTIONS[room].includes(specifier);
  return allowed ? undefined : `${room} imports '${specifier}'`;
}

function crossesLocalWall({ from, specifier, target, packageName }: Import): string | undefined {
  const inside = from.startsWith(LOCAL);
  const intoLocal = target?.startsWith(LOCAL) ?? false;
  const found = `imports '${specifier}'`;
  if (intoLocal) return LOCAL_CLIENTS.some((folder) => from.startsWith(folder)) ? undefined : found;
  const leaves = target !== undefined || (packageName?.startsWith('@z0-app/') ?? false);
  return inside && leaves ? found : undefined;
}

function zodMistake({ from, specifier, packageName, node }: Import): string | undefined {
  if (packageName !== 'zod' || node.importKind === 'type') return undefined;
  const wanted = /^(sdk|tenant-template)\//.test(from) ? 'zod/mini' : 'zod';
  if (specifier !== wanted) return `imports '${specifier}' where '${wanted}' is meant`;
  const bindings = Array.isArray(node.specifiers) ? node.specifiers.filter(isNode) : [];
  const named = bindings.some((binding) => binding.type !== 'ImportNamespaceSpecifier');
  return named ? `imports names from '${specifier}'` : undefined;
}
