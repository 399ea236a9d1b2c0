// The `workerd` package ships no types: its default export is an object whose `default` is the path
// of the binary.
declare module 'workerd' {
  const workerd: { readonly default: string };
  export default workerd;
}
