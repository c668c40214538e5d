import 'uplot/dist/uPlot.min.css';
import '../media/panel.css';
import { acquireHost } from './host.ts';
import { Panel } from './panel/panel.ts';
import { registerWidgets } from './ui.ts';

const root = document.getElementById('normscope');
if (!root) throw new Error('The page has no element for the panel.');
registerWidgets();
const host = acquireHost();
new Panel(root, host);
host.post({ type: 'ready' });
