// The multipart dialects of real clients, as recorded (shared/traffic), and what is no upload at all.
import { expect, test } from 'vitest';
import { ApiError } from '../../infra/local/api/envelope.ts';
import { parseUpload } from '../../infra/local/api/upload.ts';

const ESM = 'application/javascript+module';
const MAIN = 'import "./lib/util.mjs"; export default {}';
const METADATA = {
  main_module: 'index.mjs',
  compatibility_date: '2026-10-01',
  tags: ['tenant:a'],
  bindings: [
    { type: 'plain_text', name: 'TENANT_ID', text: 'a' },
    { type: 'secret_text', name: 'KEY', text: 'hush' },
  ],
};

interface Part {
  readonly name: string;
  readonly filename?: string;
  readonly type?: string;
  readonly body: string;
}

const request = (parts: readonly Part[], contentType?: string): Request => {
  const lines = parts.flatMap(({ name, filename, type, body }) => [
    '--boundary',
    `Content-Disposition: form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"`}`,
    ...(type === undefined ? [] : [`Content-Type: ${type}`]),
    '',
    body,
  ]);
  const headers = { 'content-type': contentType ?? 'multipart/form-data; boundary=boundary' };
  return new Request('http://api.test/', {
    method: 'PUT',
    headers,
    body: [...lines, '--boundary--', ''].join('\r\n'),
  });
};

const json = JSON.stringify(METADATA);
const metadata: Part = { name: 'metadata', body: json };
const main: Part = { name: 'index.mjs', filename: 'index.mjs', type: ESM, body: MAIN };
const util: Part = { name: 'lib/util.mjs', filename: 'lib/util.mjs', type: ESM, body: 'y' };

const DIALECTS: [string, Part[]][] = [
  ['wrangler: metadata as a string, a part a module', [metadata, main, util]],
  ['SDK 7 by client.put: the same', [metadata, main, util]],
  [
    'SDK 5 and 6: metadata as a JSON file, every module named files',
    [
      { name: 'metadata', filename: 'metadata.json', type: 'application/json', body: json },
      { ...main, name: 'files' },
      { ...util, name: 'files' },
    ],
  ],
  ['SDK 4.5: modules numbered', [metadata, { ...main, name: '0' }, { ...util, name: '1' }]],
  ['the main module last', [metadata, util, main]],
  ['metadata last', [main, util, metadata]],
  [
    'modules without a file name: the part is the module',
    [
      metadata,
      { name: 'index.mjs', type: ESM, body: MAIN },
      { name: 'lib/util.mjs', type: ESM, body: 'y' },
    ],
  ],
];

test.each(DIALECTS)('%s', async (_dialect, parts) => {
  const parsed = await parseUpload(request(parts));
  expect(parsed.metadata).toMatchObject({ main_module: 'index.mjs' });
  expect(
    parsed.modules.map(({ name, type, content }) => [
      name,
      type,
      new TextDecoder().decode(content),
    ]),
  ).toEqual([
    ['index.mjs', ESM, MAIN],
    ['lib/util.mjs', ESM, 'y'],
  ]);
  expect(parsed.bindings).toEqual([{ type: 'plain_text', name: 'TENANT_ID', text: 'a' }]);
  expect([...parsed.secrets]).toEqual([['KEY', 'hush']]);
  expect(parsed.tags).toEqual(['tenant:a']);
});

test('the same code has the same etag in every dialect; other code has another', async () => {
  const etags = new Set<string>();
  for (const [, parts] of DIALECTS) etags.add((await parseUpload(request(parts))).etag);
  expect(etags.size).toBe(1);
  const other = await parseUpload(request([metadata, { ...main, body: `${MAIN};` }, util]));
  expect(etags.has(other.etag)).toBe(false);
});

test('a source map is no module', async () => {
  const map = {
    name: 'index.mjs.map',
    filename: 'index.mjs.map',
    type: 'application/source-map',
    body: '{}',
  };
  const { modules } = await parseUpload(request([metadata, main, map]));
  expect(modules.map(({ name }) => name)).toEqual(['index.mjs']);
});

test('bytes of a module that is no text are kept as they are', async () => {
  const form = new FormData();
  form.set('metadata', json);
  form.set('index.mjs', new File([MAIN], 'index.mjs', { type: ESM }));
  const bytes = new Uint8Array([0, 0x61, 0x73, 0x6d, 255, 13, 10, 0]);
  form.set('a.wasm', new File([bytes], 'a.wasm', { type: 'application/wasm' }));
  const { modules } = await parseUpload(
    new Request('http://api.test/', { method: 'PUT', body: form }),
  );
  expect(modules[1]).toEqual({ name: 'a.wasm', type: 'application/wasm', content: bytes });
});

const flattened: Part[] = [
  { name: 'metadata[main_module]', body: 'index.mjs' },
  { name: 'metadata[tags][]', body: 'tenant:a' },
  { ...main, name: 'files[]' },
  { ...util, name: 'files[]', filename: 'util.mjs' },
];
const named = (filename: string): Part[] => [metadata, main, { ...util, name: 'x', filename }];
const withMetadata = (body: string): Part[] => [{ name: 'metadata', body }, main];

test.each([
  [
    "SDK 7's typed upload: multipart under a JavaScript content type",
    flattened,
    'application/javascript',
  ],
  ['its flattened metadata under the right content type', flattened, undefined],
  ['no content type of a form', [metadata, main], 'application/json'],
  ['a form without a boundary', [metadata, main], 'multipart/form-data'],
  ['a form with another boundary', [metadata, main], 'multipart/form-data; boundary=other'],
  ['no metadata', [main], undefined],
  ['metadata that is not JSON', withMetadata('{'), undefined],
  ['metadata that is a list', withMetadata('[]'), undefined],
  ['metadata that is null', withMetadata('null'), undefined],
  ['no main module named', withMetadata('{}'), undefined],
  ['a service Worker script', withMetadata('{"body_part":"index.mjs"}'), undefined],
  ['a main module that is not there', withMetadata('{"main_module":"other.mjs"}'), undefined],
  [
    'a binding without a name',
    withMetadata('{"main_module":"index.mjs","bindings":[{"type":"json"}]}'),
    undefined,
  ],
  [
    'a binding without a type',
    withMetadata('{"main_module":"index.mjs","bindings":[{"name":"A"}]}'),
    undefined,
  ],
  ['a module above its folder', named('../escape.mjs'), undefined],
  ['a module above its folder, further in', named('lib/../../escape.mjs'), undefined],
  ['a module at the root', named('/etc/passwd'), undefined],
  ['a module with a zero byte in its name', named('a\0b.mjs'), undefined],
])('refused with 10021: %s', async (_what, parts, contentType) => {
  const error: unknown = await parseUpload(request(parts, contentType)).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: 400, code: 10021 });
});
