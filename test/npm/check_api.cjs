// Reads {document, answers: [{path, status, type, body}]} and prints the faults: of the
// document against OpenAPI's own schema, and of each answer against the document.
const {createRequire} = require("node:module");
const {readFileSync} = require("node:fs");
const load = createRequire(process.env.NPM_FOLDER + "/");

async function main() {
  const {document, answers} = JSON.parse(readFileSync(0, "utf8"));
  const faults = [];
  const {Validator} = await import(load.resolve("@seriousme/openapi-schema-validator"));
  const found = await new Validator().validate(structuredClone(document));
  if (!found.valid) faults.push({document: found.errors});

  const Ajv = load("ajv/dist/2020").default;
  const ajv = new Ajv({strict: false, allErrors: true});
  ajv.addSchema({$id: "doc", components: document.components});
  for (const {path, status, type, body} of answers) {
    const response = document.paths[path]?.get?.responses?.[status];
    const media = response?.content?.[type];
    if (!media) {
      faults.push({path, status, type, fault: "not in the document"});
      continue;
    }
    if (type !== "application/json") continue;
    const schema = JSON.parse(JSON.stringify(media.schema).replaceAll("#/", "doc#/"));
    const validate = ajv.compile(schema);
    if (!validate(JSON.parse(body))) faults.push({path, status, errors: validate.errors});
  }
  console.log(JSON.stringify(faults));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
