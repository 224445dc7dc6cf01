// Reads the two npm packages and puts them into one plain shape, corrected.

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

import * as fix from './corrections.mjs';

const OPTIONALITY = { O: 1, R: 2, C: 3, B: 4, W: 5, S: 1 };
const byName = ([a], [b]) => (a < b ? -1 : a > b ? 1 : 0);

// `from` is the folder that holds node_modules.
export async function readSources(from) {
  const require = createRequire(pathToFileURL(`${from}/package.json`));
  const { dictionaries } = await import(pathToFileURL(require.resolve('hl7v2-dictionary')));
  const messages = require('hl7-dictionary');
  const versions = fix.VERSIONS.map((version) => ({
    version,
    types: readTypes(dictionaries[version].types, version),
    segments: readSegments(dictionaries, version),
    structures: readStructures(messages.definitions, version),
  }));
  fillTables(versions);
  const tables = readTables(messages.tables, userTables(versions));
  for (const each of versions) each.events = mapEvents(each, messages.tables['354'].values);
  return { versions, tables };
}

function readTypes(types, version) {
  return Object.entries(types)
    .map(([name, type]) => [name, {
      title: fix.repairText(type.desc),
      fields: readFields(type.fields ?? {}, version, (number, component) => ({
        table: component.table ?? fix.COMPONENT_TABLES[name]?.[number],
      })),
    }])
    .sort(byName);
}

function readSegments(dictionaries, version) {
  const before = dictionaries[fix.LAST_WITH_TYPES].segments;
  return Object.entries(dictionaries[version].segments)
    .filter(([name]) => !fix.NOT_SEGMENTS.has(name))
    .map(([name, segment]) => [name, {
      title: fix.repairText(segment.desc),
      fields: readFields(segment.fields, version, (number, field) =>
        correctField(`${name}-${number}`, field, version, before[name]?.fields[number])),
    }])
    .sort(byName);
}

function correctField(place, field, version, before) {
  const corrected = {};
  if (fix.NOT_REQUIRED[version]?.includes(place)) corrected.opt = 'O';
  if (fix.TYPES[version]?.[place]) corrected.type = fix.TYPES[version][place];
  const lostType = fix.WITHOUT_LENGTHS.has(version) && field.type === 'ST' && before
    && before.type !== 'ST';
  if (lostType && (field.opt === 'B' || before.type === 'VARIES')) {
    corrected.type = before.type;
    if (before.type !== 'VARIES') corrected.opt = 'W';
  }
  return corrected;
}

function readFields(fields, version, correct) {
  const count = Math.max(0, ...Object.keys(fields).map(Number));
  return Array.from({ length: count }, (_, index) => {
    const given = fields[index + 1];
    if (!given) throw new Error(`a gap at ${index + 1} in ${JSON.stringify(fields)}`);
    const field = { ...given, ...correct(index + 1, given) };
    const bounded = !fix.WITHOUT_LENGTHS.has(version) && field.len <= fix.LENGTH_MAX;
    return {
      name: fix.repairText(field.desc),
      type: field.type,
      optionality: OPTIONALITY[field.opt],
      repetitions: field.rep === 'infinite' ? 0 : field.rep ?? 1,
      length: bounded ? field.len : 0,
      table: field.table ?? 0,
    };
  });
}

// Where a version names no table for a field that has one in the next version that knows the
// field under the same name, that one is meant: the packages drop it here and there.
function fillTables(versions) {
  for (let at = versions.length - 2; at >= 0; --at) {
    const later = new Map(versions[at + 1].segments);
    for (const [name, segment] of versions[at].segments) {
      segment.fields.forEach((field, index) => {
        const next = later.get(name)?.fields[index];
        if (field.table === 0 && next && next.table !== 0
            && next.name.toLowerCase() === field.name.toLowerCase()) {
          field.table = next.table;
        }
      });
    }
  }
}

// Tables of which a site makes its own: those that the type IS uses, in any version. Up to 2.2
// there was no such type.
function userTables(versions) {
  return new Set(versions.flatMap(({ types, segments }) => [...types, ...segments])
    .flatMap(([, { fields }]) => fields)
    .filter((field) => field.type === 'IS')
    .map((field) => field.table));
}

function readTables(tables, ofUsers) {
  return Object.entries(tables)
    .map(([number, table]) => ({
      number: Number(number),
      title: fix.repairText(table.desc),
      scope: scopeOf(Number(number), ofUsers),
      codes: Object.entries({ ...table.values, ...fix.CODES[number] })
        .map(([code, text]) => [code, fix.repairText(String(text))])
        .sort(byName),
    }))
    .sort((a, b) => a.number - b.number);
}

function scopeOf(table, ofUsers) {
  if (fix.OPEN_TABLES.has(table)) return 'open';
  return ofUsers.has(table) ? 'suggested' : 'closed';
}

function readStructures(definitions, version) {
  const leftOut = fix.STRUCTURES_LEFT_OUT.filter(({ versions }) => versions.includes(version));
  const borrowed = fix.STRUCTURES_OF_ANOTHER.filter((each) => each.version === version)
    .flatMap(({ other, names }) => names.map((name) => [name, definitions[other].messages[name]]));
  return Object.entries({ ...definitions[version].messages, ...Object.fromEntries(borrowed) })
    .filter(([name]) => !leftOut.some(({ names }) => names.test(name)))
    .filter(([, { segments: { segments } }]) => segments[0].name === 'MSH' && !hasHoles(segments))
    .map(([name, message]) => [name, {
      title: fix.repairText(message.desc),
      nodes: message.segments.segments.flatMap((node) => flatten(node))
        .map((node) => correctNode(node, name, version)),
    }])
    .sort(byName);
}

function correctNode(node, structure, version) {
  const optional = node.kind === 'group' && fix.OPTIONAL_GROUPS.some((each) =>
    each.versions.includes(version) && each.structure === structure && each.group === node.name);
  return optional ? { ...node, required: false, repeats: true } : node;
}

function hasHoles(nodes) {
  return nodes.some((node) => fix.STRUCTURES_WITH_HOLES.test(node.name)
    || hasHoles(node.children ?? []));
}

// A node and all below it, parents first; `size` counts them.
function flatten(node) {
  const parts = node.compounds ?? node.children;
  const below = (parts ?? []).flatMap((each) => flatten(each));
  const kind = node.compounds ? 'choice' : parts ? 'group' : 'segment';
  return [{
    kind,
    name: kind === 'choice' ? '' : node.name,
    required: node.min > 0,
    repeats: node.max === 0,
    size: below.length + 1,
  }, ...below];
}

// Which structure an event has, where it is not the one of its own name.
function mapEvents({ version, structures }, table354) {
  const known = new Set(structures.map(([name]) => name));
  const mapped = new Map();
  if (fix.VERSIONS.indexOf(version) < fix.VERSIONS.indexOf(fix.FIRST_WITH_STRUCTURES)) return [];
  const add = (event, structure) => {
    if (event !== structure && known.has(structure)) mapped.set(event, structure);
  };
  for (const [structure, events] of Object.entries(table354)) {
    const type = structure.split('_')[0];
    for (const event of events.match(/\b[A-Z][A-Z0-9]{2}\b/g) ?? []) {
      const name = `${type}_${event}`;
      if (table354[name] === undefined) add(name, structure);
    }
  }
  for (const { versions, structure, events } of fix.EVENTS) {
    if (versions.includes(version)) events.forEach((event) => add(event, structure));
  }
  return [...mapped].sort(byName);
}
