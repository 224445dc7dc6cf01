"""deploy/kubernetes: each overlay is rendered by kubectl, checked against the schemas of the
API, and holds what was promised; the program takes its settings and its configuration.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from harness.bare_debian import PROJECT
from harness.scenario import Scenario
from harness.server import run as run_program

FOLDER = PROJECT / "deploy/kubernetes"
OVERLAYS = ("dev", "staging", "production")
CHECK = PROJECT / "test/deploy/kubernetes"
MODULES = Path(os.environ.get("MLLP_KUBERNETES_MODULES",
                              Path(tempfile.gettempdir()) / "mllp-kubernetes-check"))
LABELS = {"app.kubernetes.io/name": "mllp-server"}
SPARE_SECONDS = 5  # between the end of the drain and the kubelet's SIGKILL


def install_schemas():
    """The npm packages that hold them, pinned beside check.mjs."""
    if not shutil.which("node") or not shutil.which("npm"):
        raise unittest.SkipTest("node and npm are not installed")
    if (MODULES / "node_modules/kubernetes-models").exists():
        return
    MODULES.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(CHECK / name, MODULES / name)
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund",
                           "--prefer-offline"], cwd=MODULES, capture_output=True, text=True,
                          timeout=120, check=False)
    if done.returncode != 0:
        raise unittest.SkipTest(f"npm cannot get the schemas: {done.stderr.strip()[-200:]}")


def render(overlay):
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        raise unittest.SkipTest("kubectl is not installed")
    return subprocess.run([kubectl, "kustomize", FOLDER / "overlays" / overlay], check=True,
                          capture_output=True, text=True, timeout=60).stdout


def check(text):
    """(the objects, what is wrong with them)"""
    done = subprocess.run(["node", CHECK / "check.mjs", "--modules", MODULES], input=text,
                          capture_output=True, text=True, timeout=60, check=False)
    if not done.stdout:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout), done.stderr.splitlines()


def seconds(text):
    units = {"s": 1, "m": 60, "h": 3600}
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)([smh])", text))


class Overlay(Scenario):
    @classmethod
    def setUpClass(cls):
        install_schemas()
        cls.texts = {name: render(name) for name in OVERLAYS}
        cls.found = {name: check(text) for name, text in cls.texts.items()}

    def each(self):
        return [(name, self.found[name][0]) for name in OVERLAYS]

    def one(self, objects, kind, name=None):
        found = [each for each in objects if each["kind"] == kind
                 and (name is None or each["metadata"]["name"] == name)]
        self.assertEqual(len(found), 1, (kind, name))
        return found[0]

    def pod(self, objects):
        return self.one(objects, "StatefulSet")["spec"]["template"]["spec"]

    def settings(self, objects):
        """As the container gets them."""
        container = self.pod(objects)["containers"][0]
        name = container["envFrom"][0]["configMapRef"]["name"]
        return self.one(objects, "ConfigMap", name)["data"]

    def config(self, objects):
        volumes = {each["name"]: each for each in self.pod(objects)["volumes"]}
        name = volumes["config"]["configMap"]["name"]
        return self.one(objects, "ConfigMap", name)["data"]["config.yaml"]

    # What the API says.

    def test_the_api_would_take_every_object(self):
        for name, objects in self.each():
            self.assertEqual(self.found[name][1], [])
            self.assertEqual(len(objects), 8)

    def test_and_would_not_take_wrong_ones(self):
        for right, wrong, told in (
                ("serviceName:", "servicName:", "servicName: no such key"),
                ("containerPort: 2575", "containerPort: '2575'", "containerPort: type"),
                ("runAsNonRoot: true", "runAsNonRoot: 'yes'", "runAsNonRoot: type"),
                ("readOnlyRootFilesystem", "readOnlyRootFileSystem", "no such key")):
            text = self.texts["dev"].replace(right, wrong)
            self.assertNotEqual(text, self.texts["dev"])
            self.assertIn(told, "\n".join(check(text)[1]))

    # What was promised.

    def test_one_pod_with_a_volume_of_its_own(self):
        for _, objects in self.each():
            spec = self.one(objects, "StatefulSet")["spec"]
            self.assertEqual(spec["replicas"], 1)
            self.assertEqual([each["metadata"]["name"] for each in spec["volumeClaimTemplates"]],
                             ["data"])
            mounts = {each["name"]: each for each in
                      self.pod(objects)["containers"][0]["volumeMounts"]}
            self.assertEqual(mounts.pop("data")["mountPath"], self.settings(objects)["DATA_DIR"])
            self.assertTrue(all(each["readOnly"] for each in mounts.values()))

    def test_the_drain_ends_before_the_pod_is_killed(self):
        for _, objects in self.each():
            settings = self.settings(objects)
            needed = seconds(settings["PRE_SHUTDOWN_DELAY"]) + seconds(settings["SHUTDOWN_TIMEOUT"])
            self.assertGreater(seconds(settings["PRE_SHUTDOWN_DELAY"]), 0)
            self.assertGreaterEqual(self.pod(objects)["terminationGracePeriodSeconds"],
                                    needed + SPARE_SECONDS)

    def test_the_pod_has_no_rights(self):
        for _, objects in self.each():
            pod = self.pod(objects)
            self.assertIs(pod["enableServiceLinks"], False)
            self.assertIs(pod["automountServiceAccountToken"], False)
            security = pod["securityContext"]
            self.assertEqual((security["runAsNonRoot"], security["runAsUser"],
                              security["runAsGroup"], security["fsGroup"]),
                             (True, 65534, 65534, 65534))
            self.assertEqual(security["seccompProfile"], {"type": "RuntimeDefault"})
            for container in pod["containers"]:
                security = container["securityContext"]
                self.assertEqual(security["capabilities"], {"drop": ["ALL"]})
                self.assertIs(security["readOnlyRootFilesystem"], True)
                self.assertIs(security["allowPrivilegeEscalation"], False)
                self.assertIn("memory", container["resources"]["limits"])
                self.assertEqual(sorted(container["resources"]["requests"]), ["cpu", "memory"])

    def test_selectors_find_the_pod(self):
        for _, objects in self.each():
            spec = self.one(objects, "StatefulSet")["spec"]
            self.assertEqual(spec["template"]["metadata"]["labels"], LABELS)
            self.assertEqual(spec["selector"]["matchLabels"], LABELS)
            for each in (each for each in objects if each["kind"] == "Service"):
                self.assertEqual(each["spec"]["selector"], LABELS)
            budget = self.one(objects, "PodDisruptionBudget")["spec"]
            self.assertEqual((budget["selector"]["matchLabels"], budget["maxUnavailable"]),
                             (LABELS, 1))
            policy = self.one(objects, "NetworkPolicy")["spec"]
            self.assertEqual(policy["podSelector"]["matchLabels"], LABELS)
            self.one(objects, "Service", spec["serviceName"])
            self.one(objects, "ServiceAccount", spec["template"]["spec"]["serviceAccountName"])

    def test_senders_keep_their_pod_and_come_from_labelled_namespaces(self):
        for _, objects in self.each():
            service = self.one(objects, "Service", "mllp-server")["spec"]
            self.assertEqual(service["sessionAffinity"], "ClientIP")
            ports = {each["name"] for each in self.pod(objects)["containers"][0]["ports"]}
            for rule in self.one(objects, "NetworkPolicy")["spec"]["ingress"]:
                self.assertLessEqual({each["port"] for each in rule["ports"]}, ports)
                for source in rule["from"]:
                    self.assertEqual(list(source), ["namespaceSelector"])
                    self.assertEqual(len(source["namespaceSelector"]["matchLabels"]), 1)

    def test_probes_ask_the_admin_port(self):
        for _, objects in self.each():
            container = self.pod(objects)["containers"][0]
            ports = {each["name"]: each["containerPort"] for each in container["ports"]}
            self.assertEqual(self.settings(objects)["ADMIN_ADDR"], f":{ports['admin']}")
            self.assertEqual(self.settings(objects)["LISTEN_ADDR"], f":{ports['mllp']}")
            for probe, path in (("startupProbe", "/healthz"), ("livenessProbe", "/healthz"),
                                ("readinessProbe", "/readyz")):
                self.assertEqual(container[probe]["httpGet"], {"path": path, "port": "admin"})

    def test_production_is_spread(self):
        pod = self.pod(self.found["production"][0])
        self.assertEqual({each["topologyKey"] for each in pod["topologySpreadConstraints"]},
                         {"topology.kubernetes.io/zone", "kubernetes.io/hostname"})
        for each in pod["topologySpreadConstraints"]:
            self.assertEqual(each["labelSelector"]["matchLabels"], LABELS)

    def test_tls_is_asked_for_where_it_matters(self):
        for name, objects in self.each():
            self.assertEqual("TLS_CLIENT_CA" in self.settings(objects), name != "dev")

    # What the program says.

    def test_the_program_takes_settings_and_configuration(self):
        """With the mounted folders in another place, and without the secrets' files."""
        for name, objects in self.each():
            config = self.folder / f"{name}.yaml"
            config.write_text(self.config(objects), encoding="utf-8")
            settings = self.settings(objects) | {"CONFIG_FILE": str(config),
                                                 "DATA_DIR": str(self.folder)}
            code, shown, told = run_program("config", **settings)
            self.assertEqual((code, told), (0, ""))
            for setting in settings:
                self.assertTrue(re.search(rf"^{setting} .* environment$", shown, re.M), setting)
            code, shown, told = run_program("check", "--config", config)
            self.assertEqual((code, told), (0, ""))

    def test_a_pod_of_dev_starts_takes_messages_and_drains_in_time(self):
        objects = self.found["dev"][0]
        (self.folder / "token").write_text("secret\n", encoding="ascii")
        data = self.folder / "volume"
        data.mkdir()
        settings = self.settings(objects) | {
            "LISTEN_ADDR": "127.0.0.1:0", "ADMIN_ADDR": "127.0.0.1:0", "DATA_DIR": str(data),
            "ADMIN_TOKEN_FILE": str(self.folder / "token"),
            "CONFIG_FILE": str(self.folder / "config.yaml")}
        config = self.config(objects).replace("directory: /data", f"directory: {data}")
        server = self.start(config, **settings)
        self.assert_accepts(server)
        server.stop(within=self.pod(objects)["terminationGracePeriodSeconds"])


if __name__ == "__main__":
    unittest.main()
