/** `npm run schemas`: writes schemas/ anew. */
import { writeSchemas } from '../runner/schemas.ts';

writeSchemas();
