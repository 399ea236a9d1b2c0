// A deploy that could not go on, told to the person who started it: what is wrong, and what to do
// next. What Cloudflare or wrangler refused keeps its own error.

export class DeployError extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.name = 'DeployError';
    this.hint = hint;
  }
}
