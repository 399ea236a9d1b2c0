// The script of the pages: puts each island where its page has a place for it. Pages work without
// it; nothing here fetches anything but the page itself and its events.
import { mountBar } from './bar.tsx';
import { drawCharts, followColours } from './charts.ts';
import { listenForCopies } from './copy.ts';
import { decorate } from './decorate.ts';
import { mountLiveLog } from './live-log.tsx';
import { LiveUpdates } from './live-updates.ts';
import { onEveryPage } from './refresh.ts';
import { listenForSliders } from './slider.ts';

decorate(document);
onEveryPage(drawCharts);
followColours();
listenForCopies();
listenForSliders();
const live = new LiveUpdates();
mountBar(live);
mountLiveLog();
live.start();
