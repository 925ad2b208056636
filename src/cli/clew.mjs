#!/usr/bin/env node
// The installed command: the sources are TypeScript, which tsx lets Node 20 run as they are.
import { register } from 'tsx/esm/api';

register();
const { main } = await import('./main.ts');
await main(process.argv);
