// The few Node names the SDK uses inside workerd (nodejs_compat). Declared here so that a customer
// needs no @types/node, whose globals do not exist in a Worker.

declare module 'node:crypto' {
  export function hash(algorithm: 'sha256', data: string, encoding: 'hex'): string;
}

declare module 'node:async_hooks' {
  export class AsyncLocalStorage<T> {
    run<R>(store: T, callback: () => R): R;
    getStore(): T | undefined;
  }
}
