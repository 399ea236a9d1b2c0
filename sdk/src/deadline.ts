// Bounds how long somebody else is waited for. What is too late goes on; nobody listens any more.

/** What `running` gives; throws a RangeError after `ms` milliseconds. */
export async function within<T>(ms: number, running: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const tooLate = new RangeError(`did not finish within ${ms} ms`);
  const timer = setTimeout(() => late.reject(tooLate), ms);
  try {
    return await Promise.race([running, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
