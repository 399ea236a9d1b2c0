// Reads a request's or an answer's body under a cap. It never holds more than the cap and one chunk in memory.

export type BodyText = { ok: true; text: string } | { ok: false; fault: 'too_large' | 'not_utf8' };

/** What has one: a request, or an answer. */
type Body = Pick<Request, 'headers' | 'body'>;

/** The body as UTF-8 text, at most `maxBytes` long. */
export async function readBodyText(request: Body, maxBytes: number): Promise<BodyText> {
  const bytes = await readBodyBytes(request, maxBytes);
  if (bytes === undefined) return { ok: false, fault: 'too_large' };
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return { ok: true, text: decoder.decode(bytes) };
  } catch {
    return { ok: false, fault: 'not_utf8' };
  }
}

/** The body as it came; `undefined` when it is longer than `maxBytes`. */
export async function readBodyBytes(
  request: Body,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) return undefined;
  const body: AsyncIterable<Uint8Array> | Iterable<never> = request.body ?? [];
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.byteLength;
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
