// A worker of `explore`: it makes the same system as the thread that started it, and searches its share.
import { register } from 'tsx/esm/api';

register();
const { work } = await import('./explore-work.ts');
await work();
