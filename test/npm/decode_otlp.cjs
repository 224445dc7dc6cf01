// Reads {signal: "traces" | "metrics", bodies: [base64]} and prints what the published
// definitions make of each. Fails where the octets are not exactly what the definitions would
// write for it: a field they do not know would be lost on the way.
const {createRequire} = require("node:module");
const {readFileSync} = require("node:fs");
const load = createRequire(process.env.NPM_FOLDER + "/");
const root = load("@opentelemetry/otlp-transformer/build/src/generated/root.js");

const {signal, bodies} = JSON.parse(readFileSync(0, "utf8"));
const collector = root.opentelemetry.proto.collector;
const type = signal === "traces" ? collector.trace.v1.ExportTraceServiceRequest
                                 : collector.metrics.v1.ExportMetricsServiceRequest;

function decode(body) {
  const octets = Buffer.from(body, "base64");
  const message = type.decode(octets);
  const problem = type.verify(message);
  if (problem) throw new Error(problem);
  const again = Buffer.from(type.encode(message).finish());
  if (!again.equals(octets)) {
    throw new Error(`${octets.length} octets became ${again.length}: not of the definitions`);
  }
  return type.toObject(message, {longs: String, bytes: String, enums: String});
}

console.log(JSON.stringify(bodies.map(decode)));
