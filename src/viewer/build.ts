/** `npm run build`: makes the page, so that an installed clew needs no build tools. */
import { pageTemplate } from './template.ts';

const page = await pageTemplate();
process.stdout.write(`dist/viewer.html: ${(page.length / 1024).toFixed(0)} KB\n`);
