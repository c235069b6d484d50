#!/usr/bin/env python3
"""A stand-in cluster with several workloads, for the real kubectl: Deployments with revisions, StatefulSets whose pods
carry commands out, autoscalers, secrets, and the certificates of cert-manager. Called as kube_standin.py is, whose
manners it has; what is the application's own is answered under /health.

What `kubectl exec` asks of a pod is done by the program DIR/inside, if there is one, given the name of the workload
and the command; so is `inside cert-manager issue NAME`, which prints until when the new certificate is valid."""

import copy
import os
import re
import subprocess
import threading
import time

import kube_exec
import kube_standin as standin
from kube_standin import Refusal, condition, not_found, timestamp

REVISION = standin.REVISION
READ, WRITE = ["get", "list", "watch"], ["create", "update", "patch", "delete"]

# resource -> API, kind, short names
RESOURCES = {
    "namespaces": ("v1", "Namespace", ["ns"]),
    "pods": ("v1", "Pod", ["po"]),
    "services": ("v1", "Service", ["svc"]),
    "secrets": ("v1", "Secret", []),
    "events": ("v1", "Event", ["ev"]),
    "deployments": ("apps/v1", "Deployment", ["deploy"]),
    "statefulsets": ("apps/v1", "StatefulSet", ["sts"]),
    "replicasets": ("apps/v1", "ReplicaSet", ["rs"]),
    "cronjobs": ("batch/v1", "CronJob", ["cj"]),
    "horizontalpodautoscalers": ("autoscaling/v2", "HorizontalPodAutoscaler", ["hpa"]),
    "certificates": ("cert-manager.io/v1", "Certificate", ["cert"]),
}

SCENARIO = {
    "bad_images": [],            # pods of these crash
    "sick_images": [],           # the backend comes up with these, and is not healthy
    "forbid": [],                # HTTP methods refused with 403, as by RBAC
    "disconnected": [],          # of db, redis: what the backend cannot reach
    "pod_start_seconds": 0.2,
    "progress_deadline_seconds": 600,
    "issuer_down": False,        # cert-manager issues nothing
    "logs": {},                  # workload -> what its pods print
}


def discovery():
    found = {}
    for name, (api, kind, short) in RESOURCES.items():
        group = found.setdefault(api, [])
        group.append((name, kind, name != "namespaces", short, READ + WRITE))
        if name == "deployments":
            group.append(("deployments/scale", "Scale", True, [], ["get", "patch", "update"]))
        if name == "pods":
            group += [("pods/log", "Pod", True, [], ["get"]), ("pods/exec", "PodExecOptions", True, [], ["create", "get"])]
    return found


standin.RESOURCES = discovery()


class Cluster:
    """Objects, and what controllers make of them. Every method expects the lock to be held."""

    def __init__(self, directory, scenario):
        self.lock = threading.Condition()
        self.directory = directory
        self.scenario = {**SCENARIO, **scenario}
        self.requests = []
        self.version = 1000
        self.things = {resource: {} for resource in RESOURCES}
        self.templates = {}      # name of a ReplicaSet -> its template as it was asked for
        for name, replicas in (("backend", 3), ("frontend", 2), ("celery-workers", 4)):
            self.put("deployments", self.workload(name, replicas))
        for name in ("postgres", "redis"):
            self.put("statefulsets", self.workload(name, 1))
        self.put("namespaces", {"metadata": {"name": "default"}, "status": {"phase": "Active"}})
        self.put("secrets", {"metadata": {"name": "tls-secret"}, "type": "kubernetes.io/tls", "data": {"tls.key": "b2xk"}})
        soon = timestamp(time.time() + 10 * 86400)
        self.put("certificates", {"metadata": {"name": "complianceagent-tls"}, "spec": {"secretName": "tls-secret"},
                                  "status": {"notAfter": soon, "conditions": [condition("Ready", True, "Ready")]}})

    @staticmethod
    def workload(name, replicas):
        labels = {"app": name}
        return {"metadata": {"name": name, "labels": labels},
                "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "strategy": {"type": "Recreate"},
                         "template": {"metadata": {"labels": labels},
                                      "spec": {"containers": [{"name": name, "image": "complianceagent/%s:2.4.0" % name}]}}}}

    # Objects

    def find(self, resource, name):
        if name not in self.things[resource]:
            raise not_found(resource, name)
        return self.things[resource][name]

    def put(self, resource, thing):
        """Makes it, or changes it to this."""
        api, kind, _ = RESOURCES[resource]
        name = thing["metadata"]["name"]
        old = self.things[resource].get(name)
        self.version += 1
        thing.update(apiVersion=api, kind=kind)
        thing["metadata"] = {
            "namespace": "default", "labels": {}, "annotations": {}, "uid": "uid-%d" % self.version, "generation": 0,
            "creationTimestamp": timestamp(), **thing["metadata"], "resourceVersion": str(self.version)}
        thing.setdefault("status", {})
        if not old or old.get("spec") != thing.get("spec"):
            thing["metadata"]["generation"] += 1
        self.things[resource][name] = thing
        if resource in ("deployments", "statefulsets"):
            self.reconcile(resource, thing)
        return thing

    def drop(self, resource, name):
        thing = self.find(resource, name)
        del self.things[resource][name]
        if resource == "secrets":
            threading.Thread(target=self.issue, args=(name,), daemon=True).start()
        return thing

    # Controllers

    def reconcile(self, resource, workload):
        name, want = workload["metadata"]["name"], workload["spec"]["replicas"]
        owner = self.replicaset(workload) if resource == "deployments" else name
        pods = {n: p for n, p in self.things["pods"].items() if p["metadata"]["labels"]["app"] == name}
        keep = [n for n, p in pods.items() if p["owner"] == owner][:want]
        for gone in set(pods) - set(keep):
            del self.things["pods"][gone]
        for i in range(want - len(keep)):
            self.version += 1
            pod = "%s-%d" % (owner, i) if resource == "statefulsets" else "%s-%d" % (owner, self.version)
            self.put("pods", {"metadata": {"name": pod, "labels": dict(workload["spec"]["selector"]["matchLabels"])},
                              "spec": copy.deepcopy(workload["spec"]["template"]["spec"]), "owner": owner, "born": time.time()})

    def replicaset(self, workload):
        """The name of that of the template in force, which becomes the newest revision."""
        name = workload["metadata"]["name"]
        mine = [rs for rs in self.things["replicasets"].values() if rs["metadata"]["labels"]["app"] == name]
        template = standin.without_empty(workload["spec"]["template"])
        same = [rs for rs in mine if self.templates[rs["metadata"]["name"]] == template]
        newest = max([int(rs["metadata"]["annotations"][REVISION]) for rs in mine], default=0)
        if same and int(same[0]["metadata"]["annotations"][REVISION]) == newest:
            rs = same[0]
        elif same:
            rs = same[0]
            rs["metadata"]["annotations"][REVISION] = str(newest + 1)
        else:
            shown = copy.deepcopy(workload["spec"]["template"])
            digest = "%x" % (newest + 0xa1)
            shown["metadata"].setdefault("labels", {})["pod-template-hash"] = digest
            rs = self.put("replicasets", {
                "metadata": {"name": "%s-%s" % (name, digest), "labels": {"app": name, "pod-template-hash": digest},
                             "annotations": {REVISION: str(newest + 1)},
                             "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": name,
                                                  "uid": workload["metadata"]["uid"], "controller": True}]},
                "spec": {"replicas": 0, "selector": {"matchLabels": {"app": name, "pod-template-hash": digest}}, "template": shown}})
            self.templates[rs["metadata"]["name"]] = template
        workload["metadata"]["annotations"][REVISION] = rs["metadata"]["annotations"][REVISION]
        workload["changed"] = time.time()
        return rs["metadata"]["name"]

    def issue(self, secret):
        """What cert-manager does when a secret of it is gone."""
        with self.lock:
            names = [c["metadata"]["name"] for c in self.things["certificates"].values() if c["spec"]["secretName"] == secret]
            if not names or self.scenario["issuer_down"]:
                return
        said = self.inside("cert-manager", ["issue", names[0]])
        made = subprocess.run(said, stdout=subprocess.PIPE, text=True, check=False) if said else None
        valid = made.stdout.strip() if made and made.returncode == 0 else timestamp(time.time() + 90 * 86400)
        with self.lock:
            self.put("secrets", {"metadata": {"name": secret}, "type": "kubernetes.io/tls", "data": {"tls.key": "bmV3"}})
            self.things["certificates"][names[0]]["status"]["notAfter"] = valid

    def inside(self, workload, argv):
        program = os.path.join(self.directory, "inside")
        return [program, workload] + argv if os.path.exists(program) else None

    # What can be seen

    def is_ready(self, pod):
        return pod["spec"]["containers"][0]["image"] not in self.scenario["bad_images"] and \
            time.time() - pod["born"] >= self.scenario["pod_start_seconds"]

    def pods_of(self, name):
        return [pod for pod in self.things["pods"].values() if pod["metadata"]["labels"]["app"] == name]

    def see(self, resource, thing):
        seen = copy.deepcopy({k: v for k, v in thing.items() if k not in ("owner", "born", "changed")})
        if resource == "pods":
            ready = self.is_ready(thing)
            container = thing["spec"]["containers"][0]
            seen["status"] = {"phase": "Running", "startTime": timestamp(thing["born"]),
                              "conditions": [condition("Ready", ready, "")],
                              "containerStatuses": [{"name": container["name"], "image": container["image"], "imageID": "",
                                                     "ready": ready, "restartCount": 0,
                                                     "state": {"running": {"startedAt": timestamp(thing["born"])}}}]}
        if resource in ("deployments", "statefulsets"):
            want = thing["spec"]["replicas"]
            ready = sum(self.is_ready(pod) for pod in self.pods_of(thing["metadata"]["name"]))
            is_late = ready < want and time.time() - thing.get("changed", 0) > self.scenario["progress_deadline_seconds"]
            seen["status"] = {
                "observedGeneration": thing["metadata"]["generation"], "replicas": want, "updatedReplicas": want,
                "readyReplicas": ready, "availableReplicas": ready,
                "conditions": [condition("Available", ready >= want, ""),
                               condition("Progressing", not is_late, "ProgressDeadlineExceeded" if is_late else "")]}
        if resource == "replicasets":
            seen["status"] = {"replicas": 0, "readyReplicas": 0, "availableReplicas": 0}
        return seen

    def health(self, what):
        """What the application says of itself."""
        image = self.things["deployments"]["backend"]["spec"]["template"]["spec"]["containers"][0]["image"]
        if not any(self.is_ready(pod) for pod in self.pods_of("backend")):
            return 503, {"status": "down"}
        if what in self.scenario["disconnected"]:
            return 503, {"status": "disconnected"}
        if what == "" and image.split(":")[-1] in self.scenario["sick_images"]:
            return 500, {"status": "unhealthy"}
        return 200, {"status": {"": "healthy", "ready": "ready", "live": "alive"}.get(what, "connected")}

    def state(self):
        def summary(name):
            thing = self.things["deployments"][name]
            container = thing["spec"]["template"]["spec"]["containers"][0]
            return {"image": container["image"].split(":")[-1], "replicas": thing["spec"]["replicas"],
                    "revision": thing["metadata"]["annotations"][REVISION],
                    "env": {e["name"]: e["value"] for e in container.get("env", [])}}
        return {"requests": self.requests, **{name: summary(name) for name in self.things["deployments"]}}


class Handler(standin.Handler):
    def route(self, path):
        cluster = self.cluster
        if path == "/_admin":
            if self.command == "POST":
                cluster.scenario.update(self.body())
            return 200, cluster.state()
        match = re.fullmatch("/health/?([a-z]*)", path)
        if match:
            return cluster.health(match.group(1))
        match = re.fullmatch(r"/(?:api|apis/[^/]+)/v\d+(?:/namespaces/[^/]+)?/([a-z]+)(?:/([^/]+))?(?:/(scale|log|exec))?", path)
        if match and match.group(1) in RESOURCES:
            return self.resource(*match.groups())
        return super().route(path)

    def openapi(self):
        known = [(*("/" + api).split("/")[-2:], kind) for api, kind, _ in RESOURCES.values()]
        document = b"".join(standin.openapi_document(*one) for one in known)
        return 200, document, "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

    def resource(self, resource, name, part):
        cluster = self.cluster
        if part:
            return getattr(self, part)(resource, name)
        if self.command == "POST":
            return 201, cluster.see(resource, cluster.put(resource, self.body()))
        if self.command == "DELETE":
            return 200, cluster.see(resource, cluster.drop(resource, name))
        if self.command in ("PATCH", "PUT"):
            old = cluster.find(resource, name)
            new = self.patched(old) if self.command == "PATCH" else self.body()
            return 200, cluster.see(resource, cluster.put(resource, {**old, **new}))
        api, kind, _ = RESOURCES[resource]
        see = lambda: [cluster.see(resource, thing) for thing in cluster.things[resource].values()]
        return self.one(resource, kind, name, see) if name else self.listing(kind, api, see)

    def scale(self, resource, name):
        thing = self.cluster.find(resource, name)
        seen = {"apiVersion": "autoscaling/v1", "kind": "Scale",
                "metadata": {k: thing["metadata"][k] for k in ("name", "namespace", "uid", "resourceVersion")},
                "spec": {"replicas": thing["spec"]["replicas"]}, "status": {"replicas": thing["spec"]["replicas"]}}
        if self.command in ("PATCH", "PUT"):
            seen = self.patched(seen) if self.command == "PATCH" else self.body()
            new = copy.deepcopy(thing)
            new["spec"]["replicas"] = int(seen["spec"]["replicas"])
            self.cluster.put(resource, new)
        return 200, seen

    def log(self, _resource, name):
        app = self.cluster.find("pods", name)["metadata"]["labels"]["app"]
        lines = self.cluster.scenario["logs"].get(app, "INFO  %s is ready\n" % app).splitlines()
        if self.query.get("timestamps") == "true":
            lines = ["%s %s" % (timestamp(), line) for line in lines]
        lines = lines[-int(self.query.get("tailLines", 1000)):]
        return 200, "".join(line + "\n" for line in lines).encode(), "text/plain"

    def exec(self, _resource, name):
        # Newer clients try web sockets first, and then this.
        if not self.headers.get("Upgrade", "").upper().startswith("SPDY"):
            raise Refusal(400, "BadRequest", "only SPDY is spoken here")
        pod = self.cluster.find("pods", name)
        command = [value for key, value in standin.urllib.parse.parse_qsl(self.path.split("?", 1)[1]) if key == "command"]
        argv = self.cluster.inside(pod["metadata"]["labels"]["app"], command) or ["false"]
        return lambda: kube_exec.carry_out(self, argv)


def make_handler(directory, scenario):
    Handler.cluster = Cluster(directory, scenario)
    return Handler


if __name__ == "__main__":
    standin.main(make_handler)
