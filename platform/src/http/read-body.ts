// Reads a request's body under a cap. It never holds more than the cap and one chunk in memory.

export type BodyText = { ok: true; text: string } | { ok: false; fault: 'too_large' | 'not_utf8' };

/** The body as UTF-8 text, at most `maxBytes` long. */
export async function readBodyText(request: Request, maxBytes: number): Promise<BodyText> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) {
    return { ok: false, fault: 'too_large' };
  }
  const body: AsyncIterable<Uint8Array> | Iterable<never> = request.body ?? [];
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return { ok: false, fault: 'too_large' };
    chunks.push(chunk);
  }
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const text = chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('');
    return { ok: true, text: text + decoder.decode() };
  } catch {
    return { ok: false, fault: 'not_utf8' };
  }
}
