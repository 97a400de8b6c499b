// Bundles everything the product consists of into dist/.
import { mkdir } from 'node:fs/promises';

await mkdir('dist', { recursive: true });
