// Checks objects of Kubernetes against the schemas of its API, and prints them as JSON.
//
//     kubectl kustomize FOLDER | node check.mjs --modules FOLDER_OF_NODE_MODULES
//
// The schemas are those of the npm package kubernetes-models, which has them as compiled
// checks. These say nothing of a key that they do not know; so each object is handed to them
// behind a proxy that notes which keys are asked for: one that is there and was never asked for
// is unknown. Exit code 1 and a line for each fault.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const modules = resolve(process.argv[process.argv.indexOf("--modules") + 1]);
const require = createRequire(join(modules, "node_modules", "from-here.js"));
const yaml = require("js-yaml");

const SCHEMAS = {
  "v1/ConfigMap": "IoK8sApiCoreV1ConfigMap",
  "v1/Secret": "IoK8sApiCoreV1Secret",
  "v1/Service": "IoK8sApiCoreV1Service",
  "v1/ServiceAccount": "IoK8sApiCoreV1ServiceAccount",
  "apps/v1/StatefulSet": "IoK8sApiAppsV1StatefulSet",
  "networking.k8s.io/v1/NetworkPolicy": "IoK8sApiNetworkingV1NetworkPolicy",
  "policy/v1/PodDisruptionBudget": "IoK8sApiPolicyV1PodDisruptionBudget",
};

// `asked` holds the path of each key that was asked for.
function watched(value, path, asked) {
  if (value === null || typeof value !== "object") return value;
  return new Proxy(value, {
    get(target, key) {
      if (typeof key === "string") asked.add(`${path}/${key}`);
      return watched(target[key], `${path}/${String(key)}`, asked);
    },
  });
}

function* unknownKeys(value, path, asked) {
  if (value === null || typeof value !== "object") return;
  for (const [key, inner] of Object.entries(value)) {
    const here = `${path}/${key}`;
    if (asked.has(here)) yield* unknownKeys(inner, here, asked);
    else yield `${here}: no such key`;
  }
}

function* faults(object) {
  const schema = SCHEMAS[`${object.apiVersion}/${object.kind}`];
  if (!schema) {
    yield `no schema for ${object.apiVersion}/${object.kind}`;
    return;
  }
  const { validate } = require(join(modules, "node_modules/kubernetes-models/_schemas", schema));
  const asked = new Set();
  if (!validate(watched(object, "", asked))) {
    for (const each of validate.errors) {
      yield `${each.instancePath}: ${each.keyword} ${JSON.stringify(each.params)}`;
    }
  }
  yield* unknownKeys(object, "", asked);
}

const objects = yaml.loadAll(readFileSync(0, "utf8"));
for (const object of objects) {
  for (const fault of faults(object)) {
    console.error(`${object.kind} ${object.metadata?.name}: ${fault}`);
    process.exitCode = 1;
  }
}
console.log(JSON.stringify(objects));
