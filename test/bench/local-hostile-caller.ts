// A thread that calls hostile user Workers and reads what they answer: of long replies it tells only
// the length. It measures nothing.
import { parentPort } from 'node:worker_threads';

const SHORT_BYTES = 4096;
const LIMIT_MS = 60_000;

interface Call {
  readonly call: number;
  readonly url: string;
}

parentPort?.on('message', ({ call, url }: Call) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origin
  void answerOf(url).then((answer) => parentPort?.postMessage({ call, ...answer }));
});

async function answerOf(url: string): Promise<{ status: number; text: string }> {
  let status = 0;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let end = 'whole';
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(LIMIT_MS) });
    status = response.status;
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes <= SHORT_BYTES) chunks.push(chunk);
    }
  } catch {
    end = 'cut';
  }
  if (bytes > SHORT_BYTES || end === 'cut') return { status, text: `${bytes} bytes, ${end}` };
  return { status, text: Buffer.concat(chunks).toString() };
}
