// Generates config/schema.json from src/config/schema (npm run schema). A test fails while the file is outdated.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { configJsonSchema } from '../src/config/schema/json-schema.ts';

const file = join(import.meta.dirname, '..', 'config', 'schema.json');
writeFileSync(file, await format(JSON.stringify(configJsonSchema()), { parser: 'json', printWidth: 110 }));
