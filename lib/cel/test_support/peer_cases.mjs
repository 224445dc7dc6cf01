// Makes test/cases/peer.txt: random expressions and what another engine, @bufbuild/cel, says of
// them.
//
//   npm install @bufbuild/cel            # anywhere
//   node peer_cases.mjs node_modules/@bufbuild/cel/dist/esm > ../test/cases/peer.txt
//
// The same seed makes the same file. Left out is where the peer goes ways of its own: it counts
// UTF-16 units instead of code points, cannot divide uints from 2^63 on, takes the negative of the
// least int and its remainder by -1 for numbers, has a getDate with a zone that is a day late, reads
// '' and white space as the number 0 and other texts as NaN, pads fractions of seconds to three
// digits, and loses digits of large numbers in %f.
import {join, resolve} from 'node:path'
import {pathToFileURL} from 'node:url'

const folder = resolve(process.argv[2])
const cases_count = Number(process.argv[3] ?? 4000)
const cel = await import(pathToFileURL(join(folder, 'index.js')).href)
const {strings} = await import(pathToFileURL(join(folder, 'ext/index.js')).href)

// mulberry32: small, and the same everywhere.
let state = 20261126
function random() {
  state = (state + 0x6d2b79f5) | 0
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
}
const pick = (items) => items[Math.floor(random() * items.length)]
const chance = (one_in) => random() * one_in < 1

const literals = {
  int: ['0', '1', '-1', '2', '7', '-13', '100', '9223372036854775807', '-9223372036854775807'],
  uint: ['0u', '1u', '2u', '7u', '42u', '9223372036854775807u'],
  double: ['0.0', '1.0', '-1.5', '2.5', '1e3', '0.1', '-0.0', '1e300'],
  string: ["''", "'a'", "'b'", "'abc'", "'ABC'", "'äöü€'", "'a b c'", "'12'", "'-3'", "'1.5'",
    "'true'", "'hello world'", "'\\n\\t'"],
  bytes: ["b''", "b'a'", "b'abc'", "b'\\xff\\x00'", "b'ä'"],
  bool: ['true', 'false'],
  null: ['null'],
  timestamp: ["timestamp('2009-02-13T23:31:30Z')", 'timestamp(0)',
    "timestamp('2024-02-29T12:00:00.5+02:00')", "timestamp('9999-12-31T23:59:59Z')"],
  duration: ["duration('1s')", "duration('-90m')", "duration('1.5h')", "duration('250ms')"],
}
const scalars = Object.keys(literals)
const names = []  // variables of macros in scope, with their types

const any = (depth) => make(pick(['int', 'uint', 'double', 'string', 'bool', 'list', 'map']), depth)
const list = (type, depth) =>
  '[' + Array.from({length: Math.floor(random() * 4)}, () => make(type, depth - 1)).join(', ') + ']'
const keys = ["'a'", "'b'", "'c'", '1', '2', 'true']
function map(type, depth) {
  const chosen = keys.filter(() => chance(3))
  return '{' + chosen.map((key) => `${key}: ${make(type, depth - 1)}`).join(', ') + '}'
}

function macro(form, type, depth) {
  const name = pick(['x', 'y', 'z'])
  const source = list(type, depth - 1)
  names.push([name, type])
  const made = form(source, name)
  names.pop()
  return made
}

const numbers = ['int', 'uint', 'double']
const ordered = [...numbers, 'string', 'bytes', 'bool', 'timestamp', 'duration']
const order = ['<', '<=', '>', '>=']
const patterns = ["'^[a-z]+$'", "'b'", "'^a.*c$'", "'[0-9]'", "'^$'"]
const getters = ['getFullYear', 'getMonth', 'getDate', 'getDayOfMonth', 'getDayOfWeek',
  'getDayOfYear', 'getHours', 'getMinutes', 'getSeconds', 'getMilliseconds']
const zones = ['UTC', '+05:45', '-09:30', 'Europe/Helsinki', 'America/New_York']

const makers = {
  int: [
    (d) => `(${make('int', d)} ${pick(['+', '-', '*', '/', '%'])} ${make('int', d)})`,
    (d) => `-(${make('int', d)})`,
    (d) => `size(${make(pick(['string', 'bytes', 'list', 'map']), d)})`,
    (d) => `${make('string', d)}.indexOf(${make('string', d)})`,
    (d) => `${make('string', d)}.lastIndexOf(${make('string', d)})`,
    (d) => `int(${make(pick(['uint', 'double', 'timestamp']), d)})`,
    () => `int(${pick(["'12'", "'-3'", "'a'", "'1.5'"])})`,
    (d) => `${make('timestamp', d)}.${pick(getters)}()`,
    (d) => `${make('timestamp', d)}.${pick(['getHours', 'getMinutes'])}('${pick(zones)}')`,
    (d) => `${make('duration', d)}.${pick(['getHours', 'getMinutes', 'getSeconds'])}()`,
    (d) => `[${make('int', d)}, ${make('int', d)}][${pick(['0', '1', '2', '-1'])}]`,
  ],
  uint: [
    (d) => `(${make('uint', d)} ${pick(['+', '-', '*', '/', '%'])} ${make('uint', d)})`,
    (d) => `uint(${make(pick(['int', 'double']), d)})`,
  ],
  double: [
    (d) => `(${make('double', d)} ${pick(['+', '-', '*', '/'])} ${make('double', d)})`,
    (d) => `-(${make('double', d)})`,
    (d) => `double(${make(pick(['int', 'uint']), d)})`,
  ],
  string: [
    (d) => `(${make('string', d)} + ${make('string', d)})`,
    (d) => `${make('string', d)}.${pick(['lowerAscii', 'upperAscii', 'trim'])}()`,
    (d) => `${make('string', d)}.charAt(${pick(['0', '1', '3', '9'])})`,
    (d) => `${make('string', d)}.substring(${pick(['0', '1', '2'])})`,
    (d) => `${make('string', d)}.substring(${pick(['0', '1', '2'])}, ${pick(['1', '2', '3'])})`,
    (d) => `${make('string', d)}.replace(${pick(["'a'", "' '", "'l'"])}, ${make('string', d)})`,
    (d) => `${list('string', d)}.join(${pick(["','", "''", "' - '"])})`,
    (d) => `string(${make(pick(['int', 'uint', 'bool', 'bytes']), d)})`,
    (d) => `'%s|%d|%x'.format([${make('string', d)}, ${make('int', d)}, ${make('uint', d)}])`,
    (d) => `'%s'.format([${list('int', d)}])`,
    (d) => `'%.2f %b'.format([${pick(['1.5', '-2.25', '0.125'])}, ${make('int', d)}])`,
    (d) => `'%o'.format([${make('int', d)}])`,
    (d) => `strings.quote(${make('string', d)})`,
  ],
  bytes: [
    (d) => `(${make('bytes', d)} + ${make('bytes', d)})`,
    (d) => `bytes(${make('string', d)})`,
  ],
  bool: [
    (d) => `(${make('bool', d)} ${pick(['&&', '||'])} ${make('bool', d)})`,
    (d) => `!(${make('bool', d)})`,
    (d) => { const type = pick(scalars); return `(${make(type, d)} == ${make(type, d)})` },
    (d) => `(${any(d)} ${pick(['==', '!='])} ${any(d)})`,
    (d) => {
      const type = pick(ordered)
      return `(${make(type, d)} ${pick(order)} ${make(type, d)})`
    },
    (d) => `(${make(pick(numbers), d)} ${pick(order)} ${make(pick(numbers), d)})`,
    (d) => {
      const type = pick(['int', 'string', 'double'])
      return `(${make(type, d)} in ${list(type, d)})`
    },
    (d) => `(${pick(keys)} in ${map('int', d)})`,
    (d) => `${make('string', d)}.contains(${make('string', d)})`,
    (d) => `${make('string', d)}.${pick(['startsWith', 'endsWith'])}(${make('string', d)})`,
    (d) => `${make('string', d)}.matches(${pick(patterns)})`,
    (d) => {
      const predicate = (source, name) =>
        `${source}.${pick(['all', 'exists', 'exists_one'])}(${name}, ${make('bool', d)})`
      return macro(predicate, pick(['int', 'string', 'double']), d)
    },
    (d) => `has(${map('int', d)}.${pick(['a', 'b'])})`,
    (d) => `bool(${pick(["'true'", "'false'", "'1'", "'no'"])})`,
  ],
  list: [
    (d) => list(pick(scalars), d),
    (d) => `(${list('int', d)} + ${list('int', d)})`,
    (d) => `${make('string', d)}.split(${pick(["','", "' '", "'b'"])})`,
    (d) => {
      const mapped = (source, name) =>
        `${source}.map(${name}, ${make(pick(['int', 'string', 'bool']), d)})`
      return macro(mapped, pick(['int', 'string']), d)
    },
    (d) => {
      const filtered = (source, name) => `${source}.filter(${name}, ${make('bool', d)})`
      return macro(filtered, pick(['int', 'string']), d)
    },
  ],
  map: [(d) => map(pick(['int', 'string', 'list']), d)],
  null: [() => 'null'],
  timestamp: [
    (d) => `(${make('timestamp', d)} ${pick(['+', '-'])} ${make('duration', d)})`,
  ],
  duration: [
    (d) => `(${make('duration', d)} ${pick(['+', '-'])} ${make('duration', d)})`,
    (d) => `(${make('timestamp', d)} - ${make('timestamp', d)})`,
  ],
}

function make(type, depth) {
  const known = names.filter(([, its_type]) => its_type === type)
  if (known.length > 0 && chance(2)) return pick(known)[0]
  if (depth <= 0 && literals[type]) return pick(literals[type])
  if (depth <= 0) return type === 'list' ? '[1, 2]' : "{'a': 1}"
  if (chance(12)) {
    const [condition, one, other] = [make('bool', depth - 1), make(type, depth - 1),
      make(type, depth - 1)]
    return `(${condition} ? ${one} : ${other})`
  }
  if (literals[type] && chance(4)) return pick(literals[type])
  return pick(makers[type])(depth - 1)
}

// The shortest digits, in the shorter of both forms, as the engine's literals have them.
function doubleLiteral(value) {
  if (Number.isNaN(value)) return 'double("NaN")'
  if (!Number.isFinite(value)) return `double("${value > 0 ? '' : '-'}Infinity")`
  const sign = Object.is(value, -0) || value < 0 ? '-' : ''
  const [digits_with_point, exponent_text] = Math.abs(value).toExponential().split('e')
  const digits = digits_with_point.replace('.', '')
  const exponent = Number(exponent_text)
  const size = String(Math.abs(exponent)).padStart(2, '0')
  const scientific = `${digits_with_point}e${exponent < 0 ? '-' : '+'}${size}`
  let fixed
  if (exponent < 0) fixed = '0.' + '0'.repeat(-exponent - 1) + digits
  else if (digits.length <= exponent + 1) fixed = String(BigInt(Math.abs(value)))
  else fixed = digits.slice(0, exponent + 1) + '.' + digits.slice(exponent + 1)
  const shorter = scientific.length < fixed.length ? scientific : fixed
  return sign + (/[.e]/.test(shorter) ? shorter : shorter + '.0')
}

function escaped(code, is_text) {
  const letters = {0x22: '\\"', 0x5c: '\\\\', 0x0a: '\\n', 0x0d: '\\r', 0x09: '\\t'}
  if (letters[code]) return letters[code]
  const is_shown = code >= 0x20 && code !== 0x7f && (code < 0x80 || is_text)
  return is_shown ? String.fromCodePoint(code) : '\\x' + code.toString(16).padStart(2, '0')
}
const textLiteral = (text) => `"${[...text].map((c) => escaped(c.codePointAt(0), true)).join('')}"`
const bytesLiteral = (octets) => `b"${[...octets].map((code) => escaped(code, false)).join('')}"`

function fraction(nanos) {
  return nanos === 0 ? '' : '.' + String(nanos).padStart(9, '0').replace(/0+$/, '')
}
function messageLiteral(message) {
  const {seconds, nanos} = message
  if (message.$typeName === 'google.protobuf.Timestamp') {
    const date = new Date(Number(seconds) * 1000).toISOString().slice(0, 19)
    return `timestamp("${date}${fraction(nanos)}Z")`
  }
  const total = seconds * 1000000000n + BigInt(nanos)
  const size = total < 0n ? -total : total
  const rest = fraction(Number(size % 1000000000n))
  return `duration("${total < 0n ? '-' : ''}${size / 1000000000n}${rest}s")`
}

function literal(value) {
  if (value === null) return 'null'
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return doubleLiteral(value)
  if (typeof value === 'string') return textLiteral(value)
  if (value instanceof Uint8Array) return bytesLiteral(value)
  if (cel.isCelUint(value)) return value.value + 'u'
  if (cel.isCelList(value)) return '[' + [...value].map(literal).join(', ') + ']'
  if (cel.isCelMap(value)) {
    const entries = [...value].map(([key, its_value]) => `${literal(key)}: ${literal(its_value)}`)
    return '{' + entries.join(', ') + '}'
  }
  if (cel.isCelType(value)) return value.name
  if (value.message) return messageLiteral(value.message)
  throw new Error('no literal for this value')
}

function resultOf(expression) {
  try {
    const result = cel.run(expression, {}, {funcs: strings})
    return cel.isCelError(result) ? 'error' : literal(result)
  } catch {
    return 'error'
  }
}

console.log('# Made by test_support/peer_cases.mjs: what @bufbuild/cel says. Do not edit.')
const seen = new Set()
while (seen.size < cases_count) {
  const expression = make(pick([...ordered, 'list', 'map']), 1 + Math.floor(random() * 3))
  if (seen.has(expression) || expression.length > 200) continue
  const result = resultOf(expression)
  seen.add(expression)
  console.log(`unchecked ${expression} => ${result}`)
}
