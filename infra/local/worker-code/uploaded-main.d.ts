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
