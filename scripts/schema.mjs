// Writes config/schema.json after src/config/schema.ts: npm run schema. A test fails while it is not current.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { configJsonSchema } from '../src/config/schema/json-schema.ts';

const file = join(import.meta.dirname, '..', 'config', 'schema.json');
writeFileSync(file, await format(JSON.stringify(configJsonSchema()), { parser: 'json', printWidth: 110 }));
