// What to do while there is not a single tenant: the next command, ready to be copied.

export function NoTenants(props: { platformUrl: string }) {
  return (
    <section class="empty">
      <p>No tenants yet. Onboard the first one and watch it here, step by step:</p>
      <pre>
        <code>npx z0 tenant create acme --name "Acme Inc."</code>
      </pre>
      <p class="quiet">Or through the API, with the operator token:</p>
      <pre tabindex={0}>
        <code>
          {`curl ${props.platformUrl}/v1/tenants \\
  -H "authorization: Bearer $OPERATOR_TOKEN" \\
  -H "content-type: application/json" \\
  -d '{"id":"acme","name":"Acme Inc."}'`}
        </code>
      </pre>
    </section>
  );
}
