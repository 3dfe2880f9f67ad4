/** The process that copies the catalogue: it neither holds up the daemon, nor leaves it with the memory that it took. */

import { copyDatabase } from '../store/copy.ts';

const [, , catalogue = '', copy = ''] = process.argv;
const copied = await copyDatabase(catalogue, copy);
process.send?.(copied, undefined, undefined, () => process.disconnect?.());
