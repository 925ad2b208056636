/** The page's door: takes the data that is embedded in it, or waits for a file to be dropped. */
import { render } from 'preact';
import { diagramStyle } from '../../report/diagram-style.ts';
import type { PageData } from '../../report/page.ts';
import { App } from './app.tsx';
import './style.css';

const style = document.createElement('style');
style.textContent = diagramStyle;
document.head.append(style);

const embedded = document.getElementById('clew-data')?.textContent ?? 'null';
const data = JSON.parse(embedded) as PageData | null;
render(<App initial={data} />, document.getElementById('app') as HTMLElement);
