// Script uploads as real clients send them: what is taken, what is no upload, and the answer.
import { expect } from 'vitest';
import type { Upload } from '../../test-cloud.ts';
import { expectation, type Subject } from '../expectations.ts';
import type { ConformanceTarget } from '../target.ts';
import { filesForm, flattenedForm, numberedForm, wranglerForm } from '../uploads.ts';
import { type Answer, expectRefused, fieldsOf, resultOf } from '../wire.ts';

const MODULES: Upload = {
  code: "import part from './lib/part.js'; export default { fetch: () => new Response(part) };",
  modules: { 'lib/part.js': "export default 'from a folder';" },
};
const PLAIN: Upload = { code: 'export default { fetch: () => new Response("plain") };' };
const ESM = 'application/javascript+module';

async function runs(target: ConformanceTarget, form: FormData): Promise<void> {
  const script = target.fresh('dialect');
  resultOf(await target.call('PUT', target.scriptPath(script), form));
  await target.settled('the code to answer', async () => {
    return (await (await target.dispatch(script)).text()) === 'from a folder';
  });
}

const putForm = (
  target: ConformanceTarget,
  parts: Record<string, string | File>,
): Promise<Answer> => {
  const form = new FormData();
  for (const [name, part] of Object.entries(parts)) form.set(name, part);
  return target.call('PUT', target.scriptPath(target.fresh('refused')), form);
};

const main = (code = PLAIN.code): File => new File([code], 'index.js', { type: ESM });
const metadata = JSON.stringify({ main_module: 'index.js', compatibility_date: '2026-10-01' });

export const dialects: Subject = {
  title: 'uploads',
  expectations: [
    expectation('wrangler’s form runs, folders and all', 'ran', (target) =>
      runs(target, wranglerForm(MODULES)),
    ),
    expectation('SDK 4.5’s form with numbered parts runs', 'ran', (target) =>
      runs(target, numberedForm(MODULES)),
    ),
    expectation('SDK 5 and 6’s form with parts named files runs', 'ran', (target) =>
      runs(target, filesForm(MODULES)),
    ),
    expectation('the answer has what wrangler needs', 'ran', async (target) => {
      const script = target.fresh('answer');
      expect(resultOf(await target.upload(script, PLAIN))).toMatchObject({
        id: script,
        etag: expect.stringMatching(/^"?[0-9a-f]{32,64}"?$/),
        deployment_id: expect.stringMatching(/^[0-9a-f]{32}$/),
        startup_time_ms: expect.any(Number),
        has_modules: true,
        has_assets: false,
      });
    }),
    expectation(
      'the same code has the same etag, other code another',
      'unverified',
      async (target) => {
        const script = target.fresh('etag');
        const etags = [];
        for (const code of [PLAIN.code, PLAIN.code, `${PLAIN.code}//`]) {
          etags.push(fieldsOf(resultOf(await target.upload(script, { code }))).etag);
        }
        expect(etags[0]).toBe(etags[1]);
        expect(etags[0]).not.toBe(etags[2]);
      },
    ),
    expectation(
      'SDK 7’s typed form under application/javascript is refused with 10021',
      'issue',
      async (target) => {
        // As its client does: the bytes of a form under another content type.
        const form = new Response(flattenedForm(MODULES));
        const body = await form.text();
        const headers = { 'content-type': 'application/javascript' };
        const path = target.scriptPath(target.fresh('typed'));
        const answer = await target.call('PUT', path, body, headers);
        expectRefused(answer, [400, 10021], /SyntaxError/);
      },
    ),
    expectation(
      'flattened metadata in a form is refused with 10021',
      'unverified',
      async (target) => {
        const path = target.scriptPath(target.fresh('flattened'));
        expectRefused(await target.call('PUT', path, flattenedForm(PLAIN)), [400, 10021]);
      },
    ),
    expectation('a form without metadata is refused with 10021', 'unverified', async (target) => {
      expectRefused(await putForm(target, { 'index.js': main() }), [400, 10021]);
    }),
    expectation('metadata that is no JSON is refused with 10021', 'unverified', async (target) => {
      const answer = await putForm(target, { metadata: '{', 'index.js': main() });
      expectRefused(answer, [400, 10021]);
    }),
    expectation(
      'a main module that was not sent is refused with 10021',
      'issue',
      async (target) => {
        const named = JSON.stringify({ main_module: 'other.js' });
        const answer = await putForm(target, { metadata: named, 'index.js': main() });
        expectRefused(answer, [400, 10021], /No such module/);
      },
    ),
    expectation(
      'code that does not parse is refused with 10021 and its error',
      'ran',
      async (target) => {
        const answer = await putForm(target, { metadata, 'index.js': main('export default {') });
        expectRefused(answer, [400, 10021], /SyntaxError/);
      },
    ),
    expectation(
      'code that throws at its start is refused with 10021 and its error',
      'ran',
      async (target) => {
        const code = 'throw new TypeError("no ledger here"); export default {}';
        const answer = await putForm(target, { metadata, 'index.js': main(code) });
        expectRefused(answer, [400, 10021], /TypeError: no ledger here/);
      },
    ),
    expectation(
      'an import of a module that was not sent is refused with 10021',
      'issue',
      async (target) => {
        const code = "import './absent.js'; export default {}";
        const answer = await putForm(target, { metadata, 'index.js': main(code) });
        expectRefused(answer, [400, 10021], /No such module/);
      },
    ),
    expectation('a refused upload leaves what was there running', 'doc', async (target) => {
      const script = target.fresh('stays');
      resultOf(await target.upload(script, PLAIN));
      const refused = await target.upload(script, { code: 'throw new TypeError("no")' });
      expectRefused(refused, [400, 10021]);
      await target.settled('the code to answer', async () => {
        return (await (await target.dispatch(script)).text()) === 'plain';
      });
    }),
    expectation('a source map beside the code is no module', 'ran', async (target) => {
      const script = target.fresh('mapped');
      const form = wranglerForm(PLAIN);
      form.set(
        'index.js.map',
        new File(['{}'], 'index.js.map', { type: 'application/source-map' }),
      );
      resultOf(await target.call('PUT', target.scriptPath(script), form));
      const content = await target.call('GET', target.scriptPath(script, '/content'));
      expect(content.text).not.toContain('index.js.map');
    }),
  ],
};
