// The internet as an outbound Worker sees it: public addresses only, whatever a name resolves to.

interface EgressEnv {
  readonly PUBLIC_NETWORK: Fetcher;
}

export default {
  fetch: (request, env) => env.PUBLIC_NETWORK.fetch(request),
} satisfies ExportedHandler<EgressEnv>;
