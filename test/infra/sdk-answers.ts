// What the official SDK's calls came to: a refusal in short, a list to its end.
import { APIError } from 'cloudflare';

async function refused(call: PromiseLike<unknown>): Promise<APIError | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (!(error instanceof APIError)) throw error;
    return error;
  }
}

/** Status and Cloudflare's code, or that it went through. */
export async function refusal(call: PromiseLike<unknown>): Promise<unknown> {
  const error = await refused(call);
  return error === undefined ? 'it went through' : [error.status, error.errors[0]?.code];
}

/** The same, with the message. */
export async function refusalInWords(call: PromiseLike<unknown>): Promise<unknown> {
  const error = await refused(call);
  if (error === undefined) return 'it went through';
  return [error.status, error.errors[0]?.code, error.errors[0]?.message];
}

/** Follows a list to its end as the SDK does; one that never ends fails here. */
export async function all<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of pages) {
    items.push(item);
    if (items.length > 5000) throw new TypeError('the list does not end');
  }
  return items;
}
