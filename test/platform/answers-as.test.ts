// After an upload the code of before may still answer: a version is live once the code that answers says
// that it is that version, and who cannot say is taken for it.
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import type { Env } from '../../platform/src/env.ts';
import { answersAs } from '../../platform/src/provisioning/smoke-test.ts';
import { readSecrets } from '../../platform/src/secrets.ts';

/** A dispatcher whose tenant gives these answers by turns, the last one for ever. */
function platformWith(...answers: (() => Response)[]) {
  const asked: Request[] = [];
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    asked.push(new Request(url, init));
    const answer = answers[Math.min(asked.length, answers.length) - 1];
    return answer?.() ?? new Response(null, { status: 500 });
  };
  // No more of the binding is used.
  return { platform: { ...env, DISPATCH: { fetch } } as unknown as Env, asked };
}

function waitFor(platform: Env, name: string): Promise<void> {
  const secrets = readSecrets(platform);
  if (!secrets.ok) throw new TypeError(secrets.error.detail);
  return answersAs(platform, secrets.value, 'acme', name);
}

const named = (name: string) => () => Response.json({ name });
const nobody = () => new Response(null, { status: 404 });

it('waits for the version itself', async () => {
  const { platform, asked } = platformWith(named('ver_1'), named('ver_1'), named('ver_2'));
  await waitFor(platform, 'ver_2');
  expect(asked).toHaveLength(3);
  const [{ url } = { url: '' }] = asked;
  expect(new URL(url).pathname).toBe('/internal/name');
  const token = asked[0]?.headers.get('authorization')?.split('.')[1] ?? '';
  expect(JSON.parse(atob(token))).toMatchObject({ scope: 'ledger:read platform:run' });
});

it('takes a template that cannot say for it', async () => {
  const { platform, asked } = platformWith(nobody);
  await waitFor(platform, 'ver_2');
  expect(asked).toHaveLength(1);
});

it('gives up on other code, whatever that answers, and names it', async () => {
  const { platform } = platformWith(
    () => new Response('{'),
    () => Response.json([]),
    () => Response.json({ name: 'ver_2' }, { status: 500 }),
    () => new Response('x'.repeat(100_000)),
    named('ver_1'),
  );
  await expect(waitFor(platform, 'ver_2')).rejects.toThrow('still ver_1 that answered');
});
