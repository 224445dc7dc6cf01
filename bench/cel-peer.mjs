// The five expressions with @marcbachmann/cel-js: prints a JSON object, expression number to
// nanoseconds. Run by cel-compare.sh, which says where the package lies.
import {pathToFileURL} from 'node:url'

const {Environment} = await import(pathToFileURL(process.argv[2]).href)

const expressions = [
  'pid.id != ""',
  'msh.msg_type in ["ADT","ORU","ORM"]',
  'obx_list.all(o, o.value_type != "NM" || o.value.matches("^-?[0-9.]+$"))',
  'pid[?"country"].orValue("") == "FI"',
  'msh.msg_type == "ORU" && msh.version.startsWith("2.") && pid.id != "" && ' +
    'obx_list.exists(o, o.value_type == "NM" && o.status == "C")',
]

// As in lib/cel/bench/evaluate_bench.cpp.
const bindings = {
  msh: {msg_type: 'ORU', trigger: 'R01', structure: 'ORU_R01', sending_app: 'LAB',
    sending_fac: 'CENTRAL', receiving_app: 'HIS', receiving_fac: 'WARD',
    datetime: '20260403120000', control_id: 'MSG00001', processing_id: 'P', version: '2.5.1'},
  pid: {id: '4711', name: 'DOE^JANE', dob: '19800101', sex: 'F', country: 'FI', ssn: ''},
  obx_list: ['5.1', '140', '-3.25', '0.007', '98.6'].map((value, index) => ({value_type: 'NM',
    identifier: 'GLU', value, unit: 'mmol/L', status: index === 4 ? 'C' : 'F'})),
}

const environment = new Environment({enableOptionalTypes: true})
  .registerVariable('msh', 'map<string, string>')
  .registerVariable('pid', 'map<string, string>')
  .registerVariable('obx_list', 'list<map<string, string>>')

// CPU time of the process, for other programs may take turns on the core; medians.
const figures = {}
expressions.forEach((expression, number) => {
  const run = environment.parse(expression)
  if (run(bindings) !== true) throw new Error(`${expression} is not true`)
  const turns = 20000
  const samples = []
  const begin = process.cpuUsage().user
  for (let round = 0; samples.length < 10 || process.cpuUsage().user - begin < 300_000; round++) {
    const start = process.cpuUsage()
    for (let turn = 0; turn < turns; turn++) run(bindings)
    const used = process.cpuUsage(start)
    if (round >= 3) samples.push((used.user + used.system) * 1000 / turns)
  }
  samples.sort((a, b) => a - b)
  figures[number] = samples[samples.length >> 1]
})
console.log(JSON.stringify(figures))
