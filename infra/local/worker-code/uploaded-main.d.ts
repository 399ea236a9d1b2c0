// What an uploaded main module looks like to the code wrapped around it. Types only: the build puts
// the real module in its place.
declare module 'z0:uploaded-main' {
  const main: {
    fetch(
      request: Request,
      env: Record<string, unknown>,
      ctx: ExecutionContext,
    ): Response | Promise<Response>;
  };
  export default main;
}
