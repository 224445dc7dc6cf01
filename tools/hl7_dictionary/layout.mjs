// Lays the definitions out as flat arrays of small rows, equal runs of rows shared.
// What the rows mean is written in lib/hl7/src/dictionary_data.hpp.

const KIND = { segment: 0, group: 1, choice: 2 };
const SCOPE = { closed: 1, suggested: 2, open: 3 };
const REQUIRED = 4;
const REPEATS = 8;

export function layOut({ versions, tables }) {
  const strings = new Interner();
  const segmentNames = sortedSet(versions.flatMap(({ segments, structures }) => [
    ...segments.map(([name]) => name),
    ...structures.flatMap(([, { nodes }]) => nodes.filter((node) => node.kind === 'segment')
      .map((node) => node.name)),
  ]));
  const typeNames = sortedSet(versions.flatMap(({ types }) => types.map(([name]) => name)));
  // Numbered in order; some types bear the name of a segment and have a number of their own.
  segmentNames.forEach((name) => strings.append(name));
  typeNames.forEach((name) => strings.append(name));

  const lengths = sortedSet(versions.flatMap(({ types, segments }) => [...types, ...segments]
    .flatMap(([, { fields }]) => fields.map((field) => field.length))), (a, b) => a - b);
  const toFieldRow = (field) => [strings.add(field.name), field.table,
    indexOf(typeNames, field.type), indexOf(lengths, field.length), field.repetitions,
    field.optionality];
  const toNodeRow = (node) => [strings.add(node.name),
    KIND[node.kind] + (node.required ? REQUIRED : 0) + (node.repeats ? REPEATS : 0), node.size];

  const fields = new Runs();
  const nodes = new Runs();
  const rows = { segments: [], types: [], structures: [], events: [], codes: [] };
  const versionRows = versions.map((version) => {
    const row = Object.values(rows).slice(0, 4).map((each) => each.length);
    for (const [name, { title, fields: list }] of version.segments) {
      rows.segments.push([strings.add(name), strings.add(title), fields.add(list.map(toFieldRow)),
        list.length]);
    }
    for (const [name, { title, fields: list }] of version.types) {
      rows.types.push([indexOf(typeNames, name), list.length, strings.add(title),
        fields.add(list.map(toFieldRow))]);
    }
    for (const [name, { title, nodes: list }] of version.structures) {
      rows.structures.push([strings.add(name), strings.add(title), nodes.add(list.map(toNodeRow)),
        list.length]);
    }
    for (const [event, structure] of version.events) {
      rows.events.push([strings.add(event), strings.add(structure)]);
    }
    return row;
  });
  versionRows.push(Object.values(rows).slice(0, 4).map((each) => each.length));
  const tableRows = tables.map(({ number, title, scope, codes }) => {
    const first = rows.codes.length;
    codes.forEach(([code, text]) => rows.codes.push([strings.add(code), strings.add(text)]));
    return [number, strings.add(title), first, codes.length, SCOPE[scope]];
  });
  return {
    strings: strings.all,
    segmentNameCount: segmentNames.length,
    typeNameCount: typeNames.length,
    lengths,
    fields: fields.rows,
    nodes: nodes.rows,
    tables: tableRows,
    versions: versionRows,
    ...rows,
  };
}

// Gives equal texts one number.
class Interner {
  all = [];

  #numbers = new Map();

  add(text) {
    return this.#numbers.get(text) ?? this.append(text);
  }

  // A number of its own, also where the text has one; add() keeps to the first.
  append(text) {
    if (!/^[\x20-\x7e]*$/.test(text)) throw new Error(`not plain ASCII: ${JSON.stringify(text)}`);
    const number = this.all.length;
    if (!this.#numbers.has(text)) this.#numbers.set(text, number);
    this.all.push(text);
    return number;
  }
}

// Rows in runs; a run that is there already is used again.
class Runs {
  rows = [];

  #starts = new Map();

  add(run) {
    const key = JSON.stringify(run);
    let start = this.#starts.get(key);
    if (start === undefined) {
      start = run.length === 0 ? 0 : this.rows.length;
      this.#starts.set(key, start);
      this.rows.push(...run);
    }
    return start;
  }
}

function sortedSet(values, compare) {
  return [...new Set(values)].sort(compare);
}

function indexOf(list, value) {
  const index = list.indexOf(value);
  if (index < 0) throw new Error(`${value} is not defined`);
  return index;
}
