// One upload in each dialect that real clients send over the wire. It sends nothing.
import type { Upload } from '../test-cloud.ts';

const ESM = 'application/javascript+module';

export const metadataOf = ({ metadata = {} }: Upload): Record<string, unknown> => ({
  main_module: 'index.js',
  compatibility_date: '2026-10-01',
  ...metadata,
});

const filesOf = ({ code, modules = {} }: Upload): [string, string][] =>
  Object.entries({ 'index.js': code, ...modules });

const moduleFile = (name: string, text: string): File => new File([text], name, { type: ESM });

/** wrangler, and SDK 7 by `client.put`: metadata as a text, each module under its own name. */
export function wranglerForm(upload: Upload): FormData {
  const form = new FormData();
  form.set('metadata', JSON.stringify(metadataOf(upload)));
  for (const [name, text] of filesOf(upload)) form.set(name, moduleFile(name, text), name);
  return form;
}

/** SDK 4.5: modules numbered, known by their file names. */
export function numberedForm(upload: Upload): FormData {
  const form = new FormData();
  form.set('metadata', JSON.stringify(metadataOf(upload)));
  for (const [index, [name, text]] of filesOf(upload).entries()) {
    form.set(String(index), moduleFile(name, text), name);
  }
  return form;
}

/** SDK 5 and 6: metadata as a JSON file, every module a part named `files`. */
export function filesForm(upload: Upload): FormData {
  const form = new FormData();
  const json = JSON.stringify(metadataOf(upload));
  form.set('metadata', new File([json], 'metadata.json', { type: 'application/json' }));
  for (const [name, text] of filesOf(upload)) form.append('files', moduleFile(name, text), name);
  return form;
}

/** SDK 7's typed call: metadata flattened into fields, folders dropped. */
export function flattenedForm(upload: Upload): FormData {
  const form = new FormData();
  for (const [field, value] of Object.entries(metadataOf(upload))) {
    form.append(`metadata[${field}]`, String(value));
  }
  for (const [name, text] of filesOf(upload)) {
    form.append('files[]', moduleFile(name.split('/').at(-1) ?? name, text));
  }
  return form;
}
