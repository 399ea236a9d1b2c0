// The build command of a Worker's wrangler.jsonc, run as a deploy runs it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runBuild } from '../../provisioning/deploy/run-build.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'z0-build-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function configWith(name: string, command?: string): string {
  const path = join(folder, `${name}.jsonc`);
  writeFileSync(path, JSON.stringify({ name, main: 'a.ts', build: { command } }));
  return path;
}

test('a build runs in the folder of its config, wherever the deploy was started', async () => {
  await runBuild(configWith('made', 'node -p process.version > made.txt'));
  expect(readFileSync(join(folder, 'made.txt'), 'utf8').trim()).toBe(process.version);
});

test('a build that fails stops the deploy, and says what to run and what it said', async () => {
  const failing = runBuild(configWith('broken', 'echo no such library >&2; exit 3'));
  await expect(failing).rejects.toMatchObject({
    name: 'DeployError',
    message: expect.stringContaining('no such library'),
    hint: expect.stringContaining('exit 3'),
  });
});

test('a Worker without a build command needs none', async () => {
  await expect(runBuild(configWith('bare'))).resolves.toBeUndefined();
});
