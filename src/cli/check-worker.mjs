// The worker of `clew check`: a check that takes long is moved here, so that it can be stopped even inside a user's spec.
import { register } from 'tsx/esm/api';

register();
const { work } = await import('./check-work.ts');
await work();
