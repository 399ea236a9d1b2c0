// Stands in front of an outbound Worker's own code: on Cloudflare the dispatch parameters are part
// of its `env`, here they arrive as props and are merged into it.
import { WorkerEntrypoint } from 'cloudflare:workers';
// The uploaded main module; the runtime resolves the name.
import main from 'z0:uploaded-main';

export * from 'z0:uploaded-main';
export default main;

export class Z0Outbound extends WorkerEntrypoint<
  Record<string, unknown>,
  { readonly params: Record<string, unknown> }
> {
  override fetch(request: Request): Response | Promise<Response> {
    const { params } = this.ctx.props;
    return main.fetch(request, { ...this.env, ...params }, this.ctx);
  }
}
