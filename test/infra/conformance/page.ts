// `node test/infra/conformance/page.ts > docs/cloudflare-conformance.md`: every expectation, who says so,
// and when Cloudflare itself confirmed it. It asks nobody.
import { pathToFileURL } from 'node:url';
import { SUBJECTS } from './all-subjects.ts';
import confirmed from './confirmed.json' with { type: 'json' };
import { type Expectation, type Subject, titleOf } from './expectations.ts';

const HEAD = `# What is expected of Cloudflare's API

The embedded Cloudflare is written to these expectations, and the same tests run against both:

\`\`\`sh
npx vitest run --project infra test/infra/conformance
Z0_CLOUD_ACCOUNT=… Z0_CLOUD_TOKEN=… npx vitest run --project infra test/infra/conformance
\`\`\`

The first runs against the embedded one, started for it. The second runs against Cloudflare, with a paid
account that has Workers for Platforms, and writes what held into \`test/infra/conformance/confirmed.json\`.
The token needs to edit Workers scripts, KV, D1, R2 and Queues of that account, and to read the user and
the account. All that a run makes has names of its own, which begin with \`z0c-\`, and is deleted at its end;
what a killed run left is deleted by a later one. Afterwards make this page anew:
\`node test/infra/conformance/page.ts > docs/cloudflare-conformance.md\`.

Sources: **ran**, real clients were run and depend on it; **doc**, Cloudflare's documentation or the types
of its SDK; **issue**, a public thread or project tells of it; **unverified**, it is what the embedded
Cloudflare does, and nobody else said so. **Confirmed** is the day on which it last held on Cloudflare.
`;

const dates: Readonly<Record<string, string>> = confirmed;

export const confirmedOn = (subject: Subject, expectation: Expectation): string | undefined =>
  dates[titleOf(subject, expectation)];

/** Every expectation that never held on Cloudflare itself. */
export function neverConfirmed(): string[] {
  return SUBJECTS.flatMap((subject) =>
    subject.expectations
      .filter((expectation) => confirmedOn(subject, expectation) === undefined)
      .map((expectation) => titleOf(subject, expectation)),
  );
}

export function pageText(): string {
  const total = SUBJECTS.reduce((sum, { expectations }) => sum + expectations.length, 0);
  const count = `${neverConfirmed().length} of ${total} expectations were never confirmed on Cloudflare.\n`;
  return [HEAD, count, ...SUBJECTS.map(sectionOf)].join('\n');
}

function sectionOf(subject: Subject): string {
  const rows = subject.expectations.map((one) => {
    const name = one.name.replaceAll('|', '\\|');
    return `| ${name} | ${one.source} | ${confirmedOn(subject, one) ?? 'never'} |`;
  });
  const table = ['| expectation | source | confirmed |', '| --- | --- | --- |', ...rows];
  return `## ${capital(subject.title)}\n\n${table.join('\n')}\n`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.stdout.write(pageText());
