// Writes the official suite, as the npm package @bufbuild/cel-spec holds it, in the form that
// cel-conformance reads: a file for each of its files, and a manifest of the tests that need
// protobuf messages.
//
//   node cel_spec_suite.mjs node_modules/@bufbuild/cel-spec/dist/esm/testdata/conformance.js FOLDER
import {mkdirSync, writeFileSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {pathToFileURL} from 'node:url'

const {tests: suite} = await import(pathToFileURL(resolve(process.argv[2])).href)
const folder = resolve(process.argv[3])

const snake = (name) => name.replace(/[A-Z]/g, (letter) => '_' + letter.toLowerCase())
const mapped = (object, convert) =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, convert(value)]))
const renamed = (object, convert) =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [snake(key), convert(value)]))

function fraction(text) {
  return Number((text ?? '').padEnd(9, '0'))
}

// JSON as the fields of google.protobuf.Value, Struct and ListValue.
function jsonMessage(value) {
  if (value === null) return {null_value: null}
  if (typeof value === 'number') return {number_value: value}
  if (typeof value === 'string') return {string_value: value}
  if (typeof value === 'boolean') return {bool_value: value}
  if (Array.isArray(value)) return {list_value: {values: value.map(jsonMessage)}}
  return {struct_value: {fields: mapped(value, jsonMessage)}}
}

// What protobuf writes as one JSON value, as the fields that the runner reads.
function messageOf(type, value) {
  const name = type.slice(type.lastIndexOf('.') + 1)
  if (name === 'Timestamp') {
    const [, whole, digits] = /^(.*?)(?:\.(\d+))?Z$/.exec(value)
    return {seconds: String(Date.parse(whole + 'Z') / 1000), nanos: fraction(digits)}
  }
  if (name === 'Duration') {
    const [, seconds, digits] = /^(-?\d+)(?:\.(\d+))?s$/.exec(value)
    return {seconds, nanos: fraction(digits)}
  }
  if (name === 'Value') return jsonMessage(value)
  if (name === 'Struct') return jsonMessage(value).struct_value
  if (name === 'ListValue') return jsonMessage(value).list_value
  return value === undefined ? {} : {value}
}

function valueOf(json) {
  const [[kind, content]] = Object.entries(json)
  const name = snake(kind)
  if (kind === 'listValue') return {[name]: {values: (content.values ?? []).map(valueOf)}}
  if (kind === 'mapValue') {
    return {[name]: {entries: (content.entries ?? []).map((entry) => mapped(entry, valueOf))}}
  }
  if (kind === 'objectValue') {
    const type = content['@type']
    return {[name]: {type_url: type, message: messageOf(type, content.value)}}
  }
  return {[name]: content}
}

function typeOf(json) {
  if (json === null || typeof json !== 'object') return json
  if (Array.isArray(json)) return json.map(typeOf)
  return renamed(json, typeOf)
}

function testOf(json) {
  const test = renamed(json, (value) => value)
  if (json.value) test.value = valueOf(json.value)
  if (json.typedResult) {
    test.typed_result = renamed(json.typedResult, (value) => value)
    if (json.typedResult.result) test.typed_result.result = valueOf(json.typedResult.result)
    test.typed_result.deduced_type = typeOf(json.typedResult.deducedType)
  }
  if (json.typeEnv) test.type_env = json.typeEnv.map(typeOf)
  if (json.bindings) test.bindings = mapped(json.bindings, (each) => ({value: valueOf(each.value)}))
  return test
}

const protobuf = /TestAllTypes|cel\.expr\.conformance|GlobalEnum|NestedEnum|proto\.(get|has)Ext/
const needsProtobuf = (json) => protobuf.test(JSON.stringify(json))

mkdirSync(folder, {recursive: true})
const files = []
for (const file of suite.suites) {
  const needing = []
  const section = (file.suites ?? []).map((part) => ({
    name: part.name,
    test: (part.tests ?? []).map(({original}) => {
      if (needsProtobuf(original)) needing.push(`${part.name}/${original.name}`)
      return testOf(original)
    }),
  }))
  writeFileSync(join(folder, file.name + '.json'), JSON.stringify({name: file.name, section}))
  files.push({file: file.name + '.json', tests_needing_proto: needing})
}
writeFileSync(join(folder, 'manifest.json'), JSON.stringify({files}))
