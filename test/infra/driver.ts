// A process that runs the embedded Cloudflare on the state folder it is given, until it is killed:
// prints one line of JSON when it is ready. The life tests kill it.
import { startLocalCloudflare } from '../../infra/local/local-cloudflare.ts';

const [stateDir = ''] = process.argv.slice(2);
const reported: string[] = [];
const cloud = await startLocalCloudflare({
  stateDir,
  portBase: 0,
  report: (line) => void reported.push(line),
});
await cloud.ready();
const { accountId, apiToken, apiUrl } = cloud;
const router = cloud.workerUrl('router');
console.log(JSON.stringify({ accountId, apiToken, apiUrl, router, reported }));

process.once('SIGTERM', () => {
  void cloud.close();
});
