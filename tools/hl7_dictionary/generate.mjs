#!/usr/bin/env node
// Writes lib/hl7/src/dictionary_data.inc from the packages that package.json names.
//
//     cd tools/hl7_dictionary && npm ci && ./generate.mjs
//
//     generate.mjs [--modules FOLDER] [--out FILE]
//
// FOLDER holds node_modules; without it, it is the folder of this file.

import { writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { layOut } from './layout.mjs';
import { render } from './render.mjs';
import { readSources } from './sources.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    modules: { type: 'string', default: here },
    out: { type: 'string', default: join(here, '../../lib/hl7/src/dictionary_data.inc') },
  },
});
writeFileSync(values.out, render(layOut(await readSources(resolve(values.modules)))));
