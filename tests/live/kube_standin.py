#!/usr/bin/env python3
"""A stand-in for a Kubernetes API server, for the real kubectl to talk to.

It keeps one namespace with one deployment in memory: pods, a service, ReplicaSets as rollout history, scale, logs,
watches. What the pods are worth follows from a scenario (which images are broken, how many replicas the load needs)
that a test changes while it runs. The application's own health is answered under /app/health.

    kube_standin.py serve --dir DIR [--scenario JSON]   writes DIR/kubeconfig, DIR/url when it is ready
    kube_standin.py tell DIR JSON                       changes the scenario; {"deploy": IMAGE} rolls an image out
    kube_standin.py state DIR                           prints scenario, deployment, pods and the requests so far

Only the standard library; listens on loopback only.
"""

import argparse
import copy
import datetime
import hashlib
import http.server
import json
import os
import random
import re
import signal
import sys
import threading
import time
import urllib.parse
import urllib.request

import kube_shelf

NAME = "anomaly-detection-api"
NAMESPACE = "production"
REGISTRY = "registry.example.org/" + NAME
REVISION = "deployment.kubernetes.io/revision"

SCENARIO = {
    "bad_images": [],        # pods of these crash
    "need_replicas": 1,      # with fewer ready pods the service answers 503
    "forbid": [],            # HTTP methods refused with 403, as by RBAC
    "pod_start_seconds": 0.3,
    "progress_deadline_seconds": 600,
    "job_seconds": 0.3,
    "failing_jobs": [],      # CronJobs whose jobs fail
    "logs": {},              # app label, CronJob or job -> what its pod prints
}


def timestamp(seconds=None):
    seconds = time.time() if seconds is None else seconds
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def age(creation):
    then = datetime.datetime.strptime(creation, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    seconds = int(time.time() - then.timestamp())
    return "%ds" % seconds if seconds < 120 else "%dm" % (seconds // 60)


def condition(kind, is_true, reason, message=""):
    return {"type": kind, "status": "True" if is_true else "False", "reason": reason, "message": message,
            "lastTransitionTime": timestamp(), "lastUpdateTime": timestamp()}


class Refusal(Exception):
    """An API error: becomes a Status object."""

    def __init__(self, code, reason, message):
        super().__init__(message)
        self.code, self.reason = code, reason


def not_found(resource, name):
    return Refusal(404, "NotFound", '%s "%s" not found' % (resource, name))


# Patches

def pointer(path):
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def json_patch(target, operations):
    for operation in operations:
        parts = pointer(operation["path"])
        holder = target
        for part in parts[:-1]:
            holder = holder[int(part)] if isinstance(holder, list) else holder.setdefault(part, {})
        key = int(parts[-1]) if isinstance(holder, list) else parts[-1]
        if operation["op"] == "remove":
            del holder[key]
        elif operation["op"] in ("add", "replace"):
            holder[key] = operation["value"]
        elif operation["op"] == "test":
            if holder.get(key) != operation["value"]:
                raise Refusal(422, "Invalid", "the test of %s failed" % operation["path"])
        else:
            raise Refusal(400, "BadRequest", "unknown operation " + operation["op"])
    return target


def merge(target, patch):
    """Merge patch; lists of named things are merged by name, which is all of 'strategic' that kubectl needs here."""
    if isinstance(patch, list) and isinstance(target, list) and all(isinstance(x, dict) and "name" in x for x in patch):
        merged = copy.deepcopy(target)
        for item in patch:
            same = [x for x in merged if x.get("name") == item["name"]]
            if same:
                merged[merged.index(same[0])] = merge(same[0], item)
            else:
                merged.append(item)
        return merged
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged


def without_empty(value):
    """A client that decodes and encodes a template adds empty fields; they make no new template."""
    if isinstance(value, dict):
        kept = {k: without_empty(v) for k, v in value.items()}
        return {k: v for k, v in kept.items() if v not in (None, {}, [], "")}
    return [without_empty(v) for v in value] if isinstance(value, list) else value


class Cluster:
    """The state, and what controllers would make of it. Every method expects the lock to be held."""

    def __init__(self, scenario):
        self.lock = threading.Condition()
        self.scenario = dict(SCENARIO)
        self.version = 1000
        self.requests = []
        self.replicasets = []
        self.pods = []
        self.refresh_scenario(scenario)
        self.namespaces = [self.meta({"apiVersion": "v1", "kind": "Namespace", "status": {"phase": "Active"}}, n, None)
                           for n in (NAMESPACE, "default")]
        self.services = [self.meta({
            "apiVersion": "v1", "kind": "Service",
            "spec": {"type": "ClusterIP", "clusterIP": "10.96.14.7", "selector": {"app": NAME},
                     "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8000}]},
            "status": {"loadBalancer": {}}}, NAME, NAMESPACE)]
        self.deployment = self.meta({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "spec": {"replicas": 3, "selector": {"matchLabels": {"app": NAME}}, "revisionHistoryLimit": 10,
                     "strategy": {"type": "Recreate"},
                     "template": {"metadata": {"labels": {"app": NAME}},
                                  "spec": {"containers": [{"name": "api", "image": REGISTRY + ":2.3.0",
                                                           "ports": [{"containerPort": 8000}]}]}}},
            "status": {}}, NAME, NAMESPACE)
        self.deployment["metadata"]["generation"] = 1
        self.progress_since = time.time()
        self.shelf = kube_shelf.Shelf(self)
        self.reconcile()
        for pod in self.pods:
            pod["born"] -= 3600

    def meta(self, thing, name, namespace, **more):
        self.version += 1
        thing["metadata"] = {"name": name, "uid": "%032x" % random.getrandbits(128), "labels": {"app": NAME},
                             "annotations": {}, "creationTimestamp": timestamp(),
                             "resourceVersion": str(self.version), **more}
        if namespace:
            thing["metadata"]["namespace"] = namespace
        return thing

    def refresh_scenario(self, changes):
        unknown = set(changes) - set(SCENARIO) - {"deploy", "service"}
        if unknown:
            raise Refusal(400, "BadRequest", "no such setting: " + ", ".join(sorted(unknown)))
        self.scenario.update({k: v for k, v in changes.items() if k in SCENARIO})

    def tell(self, changes):
        self.refresh_scenario(changes)
        if "service" in changes:
            self.services[0] = merge(self.services[0], changes["service"])
        if "deploy" in changes:
            image = changes["deploy"]
            containers = self.deployment["spec"]["template"]["spec"]["containers"]
            containers[0]["image"] = image if "/" in image else REGISTRY + ":" + image
            self.changed()
        self.lock.notify_all()

    # What controllers do

    def changed(self):
        self.deployment["metadata"]["generation"] += 1
        self.progress_since = time.time()
        self.reconcile()
        self.lock.notify_all()

    def revisions(self):
        return [int(rs["metadata"]["annotations"][REVISION]) for rs in self.replicasets]

    def current_replicaset(self):
        """The ReplicaSet of the template in force; made, or raised to the newest revision, when it is not that."""
        template = without_empty(self.deployment["spec"]["template"])
        for rs in self.replicasets:
            if rs["template"] == template:
                break
        else:
            digest = hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:10]
            with_hash = copy.deepcopy(template)
            with_hash["metadata"].setdefault("labels", {})["pod-template-hash"] = digest
            owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": NAME, "controller": True,
                     "uid": self.deployment["metadata"]["uid"], "blockOwnerDeletion": True}
            rs = self.meta({"apiVersion": "apps/v1", "kind": "ReplicaSet", "template": template,
                            "spec": {"replicas": 0, "template": with_hash,
                                     "selector": {"matchLabels": {"app": NAME, "pod-template-hash": digest}}}},
                           NAME + "-" + digest, NAMESPACE, ownerReferences=[owner])
            rs["metadata"]["labels"]["pod-template-hash"] = digest
            rs["metadata"]["annotations"][REVISION] = "0"
            self.replicasets.append(rs)
        newest = max(self.revisions())
        if int(rs["metadata"]["annotations"][REVISION]) < max(newest, 1):
            rs["metadata"]["annotations"][REVISION] = str(newest + 1)
        self.deployment["metadata"]["annotations"][REVISION] = rs["metadata"]["annotations"][REVISION]
        return rs

    def reconcile(self):
        rs, want = self.current_replicaset(), self.deployment["spec"]["replicas"]
        for other in self.replicasets:
            other["spec"]["replicas"] = want if other is rs else 0
        self.pods = [pod for pod in self.pods if pod["rs"] is rs][:want]
        while len(self.pods) < want:
            suffix = "".join(random.choice("bcdfghjklmnpqrstvwxz2456789") for _ in range(5))
            name = rs["metadata"]["name"] + "-" + suffix
            self.pods.append({"rs": rs, "born": time.time(), "object": self.meta(
                {"apiVersion": "v1", "kind": "Pod"}, name, NAMESPACE,
                ownerReferences=[{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": rs["metadata"]["name"],
                                  "uid": rs["metadata"]["uid"], "controller": True}])})

    # What can be seen

    def is_overloaded(self):
        return self.deployment["spec"]["replicas"] < self.scenario["need_replicas"]

    def pod_state(self, pod):
        """(phase, reason, ready, restarts)"""
        image = pod["rs"]["spec"]["template"]["spec"]["containers"][0]["image"]
        seconds = time.time() - pod["born"]
        if image in self.bad_images():
            return "Running", "CrashLoopBackOff", False, 1 + int(seconds)
        if seconds < self.scenario["pod_start_seconds"]:
            return "Pending", "ContainerCreating", False, 0
        return "Running", "OOMKilled" if self.is_overloaded() else "", True, 7 if self.is_overloaded() else 0

    def bad_images(self):
        return [i if "/" in i else REGISTRY + ":" + i for i in self.scenario["bad_images"]]

    def ready(self):
        return sum(self.pod_state(pod)[2] for pod in self.pods)

    def health(self):
        ready = self.ready()
        if ready == 0:
            return 500, {"status": "down", "ready": 0}
        if self.is_overloaded():
            return 503, {"status": "overloaded", "ready": ready, "needed": self.scenario["need_replicas"]}
        return 200, {"status": "healthy", "ready": ready}

    def see_pod(self, pod):
        phase, reason, ready, restarts = self.pod_state(pod)
        spec = copy.deepcopy(pod["rs"]["spec"]["template"]["spec"])
        spec["nodeName"] = "node-1"
        thing = copy.deepcopy(pod["object"])
        thing["metadata"]["labels"] = dict(pod["rs"]["spec"]["template"]["metadata"]["labels"])
        state = {"running": {"startedAt": timestamp(pod["born"])}}
        if reason in ("CrashLoopBackOff", "ContainerCreating"):
            state = {"waiting": {"reason": reason, "message": "back-off 10s restarting failed container=api"}}
        container = {"name": "api", "image": spec["containers"][0]["image"], "imageID": "", "ready": ready,
                     "restartCount": restarts, "state": state, "lastState": {}}
        if restarts:
            container["lastState"] = {"terminated": {"exitCode": 137 if reason == "OOMKilled" else 1,
                                                     "reason": reason if reason == "OOMKilled" else "Error"}}
        thing["spec"] = spec
        thing["status"] = {"phase": phase, "podIP": "10.0.0.9", "hostIP": "10.0.0.1", "startTime": timestamp(pod["born"]),
                           "conditions": [condition("Ready", ready, "" if ready else "ContainersNotReady")],
                           "containerStatuses": [container]}
        return thing

    def see_replicaset(self, rs):
        thing = copy.deepcopy({k: v for k, v in rs.items() if k != "template"})
        pods = [pod for pod in self.pods if pod["rs"] is rs]
        ready = sum(self.pod_state(pod)[2] for pod in pods)
        thing["status"] = {"replicas": len(pods), "fullyLabeledReplicas": len(pods), "readyReplicas": ready,
                           "availableReplicas": ready, "observedGeneration": 1}
        return thing

    def see_deployment(self):
        thing = copy.deepcopy(self.deployment)
        thing["spec"]["progressDeadlineSeconds"] = self.scenario["progress_deadline_seconds"]
        want, ready = thing["spec"]["replicas"], self.ready()
        progressing = condition("Progressing", True, "NewReplicaSetAvailable" if ready >= want else "ReplicaSetUpdated")
        if ready < want and time.time() - self.progress_since > self.scenario["progress_deadline_seconds"]:
            progressing = condition("Progressing", False, "ProgressDeadlineExceeded", "no progress in time")
        thing["status"] = {
            "observedGeneration": thing["metadata"]["generation"], "replicas": len(self.pods),
            "updatedReplicas": len(self.pods), "readyReplicas": ready, "availableReplicas": ready,
            "unavailableReplicas": max(want - ready, 0),
            "conditions": [condition("Available", ready >= want, "MinimumReplicasAvailable"), progressing]}
        digest = hashlib.sha256(json.dumps([thing["spec"], thing["status"]["readyReplicas"],
                                            progressing["reason"]], sort_keys=True).encode()).hexdigest()
        thing["metadata"]["resourceVersion"] = str(int(digest[:12], 16))
        return thing

    def see_scale(self):
        meta = self.deployment["metadata"]
        return {"apiVersion": "autoscaling/v1", "kind": "Scale",
                "metadata": {k: meta[k] for k in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")},
                "spec": {"replicas": self.deployment["spec"]["replicas"]},
                "status": {"replicas": len(self.pods), "selector": "app=" + NAME}}

    def log(self, pod):
        image = pod["rs"]["spec"]["template"]["spec"]["containers"][0]["image"]
        lines = ["INFO  starting %s" % image, "INFO  loading model anomaly-2"]
        if image in self.bad_images():
            lines += ["ERROR model file has schema 3, expected 2", "ERROR cannot serve, giving up"]
        elif self.is_overloaded():
            lines += ["INFO  listening on :8000"] + ["WARN  out of memory, worker killed"] * 5
        else:
            lines += ["INFO  listening on :8000"] + ["INFO  GET /health 200"] * 5
        return lines


# Discovery, tables

RESOURCES = {
    "v1": [
        ("namespaces", "Namespace", False, ["ns"], ["get", "list", "watch"]),
        ("pods", "Pod", True, ["po"], ["get", "list", "watch", "delete"]),
        ("pods/log", "Pod", True, [], ["get"]),
        ("services", "Service", True, ["svc"], ["get", "list", "watch", "patch"]),
        ("events", "Event", True, ["ev"], ["get", "list", "watch"]),
        ("configmaps", "ConfigMap", True, ["cm"], ["get", "list", "watch"]),
        ("secrets", "Secret", True, [], ["get", "list", "watch"]),
    ],
    "apps/v1": [
        ("deployments", "Deployment", True, ["deploy"], ["get", "list", "watch", "patch", "update", "create", "delete"]),
        ("deployments/scale", "Scale", True, [], ["get", "patch", "update"]),
        ("deployments/status", "Deployment", True, [], ["get"]),
        ("replicasets", "ReplicaSet", True, ["rs"], ["get", "list", "watch"]),
    ],
    "batch/v1": [
        ("cronjobs", "CronJob", True, ["cj"], ["get", "list", "watch"]),
        ("jobs", "Job", True, [], ["get", "list", "watch", "create", "delete"]),
    ],
    "autoscaling/v1": [
        ("horizontalpodautoscalers", "HorizontalPodAutoscaler", True, ["hpa"], ["get", "list", "watch"]),
    ],
}


def resource_list(group_version):
    resources = []
    for name, kind, namespaced, short, verbs in RESOURCES[group_version]:
        resource = {"name": name, "singularName": "" if "/" in name else kind.lower(), "namespaced": namespaced,
                    "kind": kind, "verbs": verbs, "shortNames": short}
        if name in ("pods", "services", "deployments", "replicasets", "jobs", "cronjobs"):
            resource["categories"] = ["all"]
        if kind == "Scale":
            resource.update(group="autoscaling", version="v1")
        resources.append(resource)
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources}


def field(number, value):
    """A length-delimited field of a protocol buffer."""
    data = value.encode() if isinstance(value, str) else value
    length, size = b"", len(data)
    while True:
        length += bytes([size & 0x7f | (0x80 if size > 0x7f else 0)])
        size >>= 7
        if not size:
            break
    key = number << 3 | 2
    return (bytes([key]) if key < 0x80 else bytes([key & 0x7f | 0x80, key >> 7])) + length + data


def openapi_document(group, version, kind):
    """What `kubectl apply` asks for before it sends anything: that the kind is an object, whatever is in it."""
    meaning = "- group: %s\n  kind: %s\n  version: %s\n" % (group, kind, version)
    extension = field(31, field(1, "x-kubernetes-group-version-kind") + field(2, field(2, meaning)))
    schema = field(22, field(1, "object")) + extension
    definition = field(1, field(1, "io.k8s.api.%s.%s.%s" % (group, version, kind)) + field(2, schema))
    return field(1, "2.0") + field(2, field(1, "Kubernetes") + field(2, "v1.27.0")) + field(8, b"") + field(9, definition)


def group_list():
    groups = []
    for group_version in RESOURCES:
        if "/" in group_version:
            version = {"groupVersion": group_version, "version": group_version.split("/")[1]}
            groups.append({"name": group_version.split("/")[0], "versions": [version], "preferredVersion": version})
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def pod_cells(pod):
    status = pod["status"]["containerStatuses"][0]
    waiting = status["state"].get("waiting", {}).get("reason")
    return [pod["metadata"]["name"], "%d/1" % status["ready"], waiting or pod["status"]["phase"],
            status["restartCount"], age(pod["metadata"]["creationTimestamp"])]


def service_cells(service):
    spec = service["spec"]
    ports = ",".join("%d/%s" % (p["port"], p["protocol"]) for p in spec["ports"])
    return [service["metadata"]["name"], spec["type"], spec["clusterIP"], "<none>", ports,
            age(service["metadata"]["creationTimestamp"])]


def deployment_cells(deployment):
    status, want = deployment["status"], deployment["spec"]["replicas"]
    return [deployment["metadata"]["name"], "%d/%d" % (status["readyReplicas"], want), status["updatedReplicas"],
            status["availableReplicas"], age(deployment["metadata"]["creationTimestamp"])]


def replicaset_cells(rs):
    return [rs["metadata"]["name"], rs["spec"]["replicas"], rs["status"]["replicas"], rs["status"]["readyReplicas"],
            age(rs["metadata"]["creationTimestamp"])]


COLUMNS = {
    "Pod": (["Name", "Ready", "Status", "Restarts", "Age"], pod_cells),
    "Service": (["Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age"], service_cells),
    "Deployment": (["Name", "Ready", "Up-to-date", "Available", "Age"], deployment_cells),
    "ReplicaSet": (["Name", "Desired", "Current", "Ready", "Age"], replicaset_cells),
}


def table(kind, items):
    names, cells = COLUMNS[kind]
    return {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {"resourceVersion": "1"},
            "columnDefinitions": [{"name": n, "type": "string", "format": "", "description": "", "priority": 0}
                                  for n in names],
            "rows": [{"cells": cells(item), "object": {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
                                                       "metadata": item["metadata"]}} for item in items]}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cluster = None

    def log_message(self, *_):
        pass

    # Answers

    def send(self, code, body, content_type="application/json"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, refusal):
        self.send(refusal.code, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                                 "message": str(refusal), "reason": refusal.reason, "code": refusal.code})

    def body(self):
        return json.loads(self.received or b"null")

    def dispatch(self):
        url = urllib.parse.urlsplit(self.path)
        self.query = dict(urllib.parse.parse_qsl(url.query))
        # Read in any case: what is left over would be taken for the next request.
        self.received = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        cluster = self.cluster
        try:
            with cluster.lock:
                if not url.path.startswith(("/_", "/app/")):
                    cluster.requests.append("%s %s" % (self.command, url.path))
                    if self.command in cluster.scenario["forbid"]:
                        raise Refusal(403, "Forbidden", 'deployments.apps "%s" is forbidden: User "oncall" cannot %s '
                                      'resource "deployments" in API group "apps" in the namespace "%s"'
                                      % (NAME, self.command.lower(), NAMESPACE))
                answer = self.route(url.path)
            if callable(answer):
                answer()
            elif answer is not None:
                self.send(*answer)
        except Refusal as refusal:
            self.refuse(refusal)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = dispatch

    def route(self, path):
        for pattern, method in ROUTES:
            match = re.fullmatch(pattern, path)
            if match:
                return method(self, *match.groups())
        raise Refusal(404, "NotFound", "the server could not find the requested resource")

    # The application and the scenario

    def app_health(self):
        return self.cluster.health()

    def admin(self):
        if self.command == "POST":
            self.cluster.tell(self.body())
        cluster = self.cluster
        return 200, {"scenario": cluster.scenario, "health": cluster.health()[1], "requests": cluster.requests,
                     "revision": cluster.deployment["metadata"]["annotations"][REVISION],
                     "replicas": cluster.deployment["spec"]["replicas"],
                     "image": cluster.deployment["spec"]["template"]["spec"]["containers"][0]["image"].split(":")[-1]}

    # The API

    def cluster_version(self):
        return 200, {"major": "1", "minor": "27", "gitVersion": "v1.27.0", "platform": "linux/amd64"}

    def api_versions(self):
        return 200, {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}

    def api_groups(self):
        return 200, group_list()

    def api_resources(self, group_version):
        if group_version not in RESOURCES:
            raise Refusal(404, "NotFound", "no API group " + group_version)
        return 200, resource_list(group_version)

    def openapi(self):
        return 200, openapi_document("apps", "v1", "Deployment"), "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

    def listing(self, kind, api, see):
        """The list of what `see` returns, as a table, a list or a watch, as the client asks."""
        def items():
            found = see()
            for field in filter(None, self.query.get("fieldSelector", "").split(",")):
                key, value = field.split("=", 1)
                if key == "metadata.name":
                    found = [x for x in found if x["metadata"]["name"] == value]
            for label in filter(None, self.query.get("labelSelector", "").split(",")):
                key, value = label.replace("==", "=").split("=", 1)
                found = [x for x in found if x["metadata"]["labels"].get(key) == value]
            return found

        if self.query.get("watch") in ("true", "1"):
            return lambda: self.watch(kind, api, items)
        if "as=Table" in self.headers.get("Accept", "") and kind in COLUMNS:
            return 200, table(kind, items())
        return 200, {"kind": kind + "List", "apiVersion": api, "metadata": {"resourceVersion": "1"}, "items": items()}

    def watch(self, kind, api, items):
        """Added at first, then modified whenever it looks different, for as long as the client stays."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        seen = {}
        until = time.time() + float(self.query.get("timeoutSeconds", 3600))
        is_first = True
        while time.time() < until:
            with self.cluster.lock:
                now = {item["metadata"]["name"]: item for item in items()}
            for name, item in now.items():
                # Times differ at every look; what is compared is what a controller would have written.
                key = json.dumps([item.get("spec"), re.sub(r'"last\w+Time": "[^"]*"', "", json.dumps(item["status"]))])
                if seen.get(name) != key:
                    self.event("MODIFIED" if name in seen else "ADDED", item)
                    seen[name] = key
            for name in [name for name in seen if name not in now]:
                del seen[name]
                self.event("DELETED", {"kind": kind, "apiVersion": api, "metadata": {"name": name}})
            if is_first and self.query.get("sendInitialEvents") == "true":
                self.event("BOOKMARK", {"kind": kind, "apiVersion": api, "metadata": {
                    "resourceVersion": "1", "annotations": {"k8s.io/initial-events-end": "true"}}})
            is_first = False
            time.sleep(0.05)
        self.wfile.write(b"0\r\n\r\n")

    def event(self, kind, item):
        line = json.dumps({"type": kind, "object": item}).encode() + b"\n"
        self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
        self.wfile.flush()

    def one(self, resource, kind, name, see):
        for item in see():
            if item["metadata"]["name"] == name:
                if "as=Table" in self.headers.get("Accept", "") and kind in COLUMNS:
                    return 200, table(kind, [item])
                return 200, item
        raise not_found(resource, name)

    def namespaces(self, name=None):
        see = lambda: self.cluster.namespaces
        return self.one("namespaces", "Namespace", name, see) if name else self.listing("Namespace", "v1", see)

    def see(self, namespace, what):
        return what if namespace in (None, NAMESPACE) else []

    def pods(self, namespace=None, name=None):
        cluster = self.cluster
        if name and self.command == "DELETE":
            for pod in cluster.pods:
                if pod["object"]["metadata"]["name"] == name:
                    seen = cluster.see_pod(pod)
                    cluster.pods.remove(pod)
                    cluster.reconcile()
                    return 200, seen
        see = lambda: self.see(namespace, [cluster.see_pod(pod) for pod in cluster.pods] + cluster.shelf.pods())
        return self.one("pods", "Pod", name, see) if name else self.listing("Pod", "v1", see)

    def pod_log(self, namespace, name):
        for pod in self.see(namespace, self.cluster.pods):
            if pod["object"]["metadata"]["name"] == name:
                lines = self.cluster.log(pod)[-int(self.query.get("tailLines", 10000)):]
                return 200, ("\n".join(lines) + "\n").encode(), "text/plain"
        said = self.cluster.shelf.log(name)
        if said is not None:
            return 200, said.encode(), "text/plain"
        raise not_found("pods", name)

    def services(self, namespace=None, name=None):
        if name and self.command == "PATCH":
            for i, service in enumerate(self.cluster.services):
                self.cluster.services[i] = merge(service, self.body())
        see = lambda: self.see(namespace, self.cluster.services)
        return self.one("services", "Service", name, see) if name else self.listing("Service", "v1", see)

    def nothing(self, kind, api):
        return self.listing(kind, api, lambda: [])

    def events(self, _namespace=None):
        return self.nothing("Event", "v1")

    def autoscalers(self, _namespace=None):
        return self.nothing("HorizontalPodAutoscaler", "autoscaling/v1")

    def replicasets(self, namespace=None, name=None):
        cluster = self.cluster
        see = lambda: self.see(namespace, [cluster.see_replicaset(rs) for rs in cluster.replicasets])
        return self.one("replicasets", "ReplicaSet", name, see) if name else \
            self.listing("ReplicaSet", "apps/v1", see)

    def patched(self, thing):
        patch = self.body()
        if self.headers.get("Content-Type", "").startswith("application/json-patch"):
            return json_patch(copy.deepcopy(thing), patch)
        return merge(thing, patch)

    def deployments(self, namespace=None, name=None):
        cluster = self.cluster
        if self.command == "POST" or (name and name != NAME):
            return self.shelved("deployments", "apps/v1", namespace, name)
        if name and self.command in ("PATCH", "PUT"):
            if namespace != NAMESPACE:
                raise not_found("deployments.apps", name)
            new = self.patched(cluster.deployment) if self.command == "PATCH" else self.body()
            # A real server would default and validate; only what kubectl changes is taken over.
            new["spec"].pop("progressDeadlineSeconds", None)
            cluster.deployment["spec"] = new["spec"]
            cluster.changed()
        see = lambda: self.see(namespace, [cluster.see_deployment()] + cluster.shelf.see("deployments"))
        return self.one("deployments.apps", "Deployment", name, see) if name else \
            self.listing("Deployment", "apps/v1", see)

    def shelved(self, resource, api, namespace=None, name=None):
        """What the shelf keeps: read, made, changed, deleted."""
        shelf, kind = self.cluster.shelf, kube_shelf.KINDS[resource]
        if self.command == "POST":
            return 201, shelf.make(resource, self.body(), namespace)
        if self.command == "DELETE":
            if not shelf.drop(resource, name):
                raise not_found(resource, name)
            return 200, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
        if self.command == "PATCH" and not shelf.change(resource, name, self.patched):
            raise not_found(resource, name)
        see = lambda: self.see(namespace, shelf.see(resource))
        return self.one(resource, kind, name, see) if name else self.listing(kind, api, see)

    def batch(self, namespace, resource, name=None):
        return self.shelved(resource, "batch/v1", namespace, name)

    def core(self, namespace, resource, name=None):
        return self.shelved(resource, "v1", namespace, name)

    def scale(self, namespace, name):
        cluster = self.cluster
        if namespace != NAMESPACE or name != NAME:
            raise not_found("deployments.apps", name)
        if self.command in ("PATCH", "PUT"):
            new = self.patched(cluster.see_scale()) if self.command == "PATCH" else self.body()
            cluster.deployment["spec"]["replicas"] = int(new["spec"]["replicas"])
            cluster.changed()
        return 200, cluster.see_scale()


CORE, APPS, SEGMENT = "/api/v1", "/apis/apps/v1", "([^/]+)"
SPACE = "(?:/namespaces/" + SEGMENT + ")?"
ROUTES = [
    ("/_admin", Handler.admin),
    ("/app/health", Handler.app_health),
    ("/version/?", Handler.cluster_version),
    ("/api/?", Handler.api_versions),
    ("/apis/?", Handler.api_groups),
    ("/openapi/v2", Handler.openapi),
    ("/api/(v1)", Handler.api_resources),
    ("/apis/" + "([^/]+/[^/]+)", Handler.api_resources),
    (CORE + "/namespaces", Handler.namespaces),
    (CORE + "/namespaces/" + SEGMENT, Handler.namespaces),
    (CORE + SPACE + "/pods", Handler.pods),
    (CORE + SPACE + "/pods/" + SEGMENT, Handler.pods),
    (CORE + SPACE + "/pods/" + SEGMENT + "/log", Handler.pod_log),
    (CORE + SPACE + "/services", Handler.services),
    (CORE + SPACE + "/services/" + SEGMENT, Handler.services),
    (CORE + SPACE + "/events", Handler.events),
    (APPS + SPACE + "/deployments", Handler.deployments),
    (APPS + SPACE + "/deployments/" + SEGMENT, Handler.deployments),
    (APPS + SPACE + "/deployments/" + SEGMENT + "/scale", Handler.scale),
    (APPS + SPACE + "/replicasets", Handler.replicasets),
    (APPS + SPACE + "/replicasets/" + SEGMENT, Handler.replicasets),
    ("/apis/batch/v1" + SPACE + "/(jobs|cronjobs)", Handler.batch),
    ("/apis/batch/v1" + SPACE + "/(jobs|cronjobs)/" + SEGMENT, Handler.batch),
    (CORE + SPACE + "/(configmaps|secrets)", Handler.core),
    (CORE + SPACE + "/(configmaps|secrets)/" + SEGMENT, Handler.core),
    ("/apis/autoscaling/v1" + SPACE + "/horizontalpodautoscalers", Handler.autoscalers),
]

KUBECONFIG = """apiVersion: v1
kind: Config
clusters: [{name: standin, cluster: {server: "%s"}}]
contexts: [{name: standin, context: {cluster: standin, user: oncall, namespace: default}}]
users: [{name: oncall, user: {}}]
current-context: standin
"""


def write(path, text):
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(path + ".new", path)


def make_handler(_directory, scenario):
    Handler.cluster = Cluster(scenario)
    return Handler


def serve(directory, handler):
    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request, client_address):
            # Clients leave watches in the middle; anything else is a defect of this program.
            if not isinstance(sys.exc_info()[1], ConnectionError):
                super().handle_error(request, client_address)

    server = Server(("127.0.0.1", 0), handler)
    url = "http://127.0.0.1:%d" % server.server_port
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    write(os.path.join(directory, "kubeconfig"), KUBECONFIG % url)
    write(os.path.join(directory, "url"), url)
    server.serve_forever()


def admin(directory, body=None):
    with open(os.path.join(directory, "url"), encoding="utf-8") as file:
        url = file.read() + "/_admin"
    request = urllib.request.Request(url, data=body.encode() if body else None, method="POST" if body else "GET")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def main(make=make_handler):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("serve")
    verb.add_argument("--dir", required=True)
    verb.add_argument("--scenario", default="{}", type=json.loads)
    verb = verbs.add_parser("tell")
    verb.add_argument("dir")
    verb.add_argument("changes")
    verb = verbs.add_parser("state")
    verb.add_argument("dir")
    options = parser.parse_args()
    if options.verb == "serve":
        serve(options.dir, make(options.dir, options.scenario))
    elif options.verb == "tell":
        admin(options.dir, options.changes)
    else:
        print(json.dumps(admin(options.dir), indent=2))


if __name__ == "__main__":
    main()
