// Types of workerd's `workerdDebugPort` binding: how one workerd process calls a named service of
// another. Not part of the public Workers types; the pinned workerd defines it.

export interface DebugPort {
  connect(address: string): DebugPortClient;
}

export interface DebugPortClient {
  getEntrypoint(
    service: string,
    entrypoint?: string,
    props?: Record<string, unknown>,
  ): Fetcher & Record<string, (...args: unknown[]) => Promise<unknown>>;
}
