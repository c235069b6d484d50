"""What the stand-in cluster has beside its deployment: CronJobs and the jobs that are made from them, other deployments,
a ConfigMap, a secret, and the pods that only print something."""

import time

KINDS = {"jobs": "Job", "cronjobs": "CronJob", "deployments": "Deployment", "configmaps": "ConfigMap",
         "secrets": "Secret"}
APIS = {"jobs": "batch/v1", "cronjobs": "batch/v1", "deployments": "apps/v1", "configmaps": "v1", "secrets": "v1"}
CRONJOBS = ["security-scan", "security-update", "compliance-audit", "postgres-backup", "postgres-restore"]


class Shelf:
    """Every method expects the cluster's lock to be held."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.things = {resource: {} for resource in KINDS}
        for name in CRONJOBS:
            template = {"spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [
                {"name": "job", "image": "registry.example.org/%s:1" % name}]}}}}
            self.make("cronjobs", {"metadata": {"name": name}, "spec": {"schedule": "0 2 * * *", "jobTemplate": template}})
        self.make("configmaps", {"metadata": {"name": "restore-config"}, "data": {"backup": "2026-11-20"}})
        self.make("secrets", {"metadata": {"name": "api-token"}, "type": "Opaque", "data": {"token": "bGV0LW1lLWlu"}})

    def make(self, resource, thing, namespace="production"):
        given = thing.get("metadata", {})
        made = self.cluster.meta({**thing, "apiVersion": APIS[resource], "kind": KINDS[resource]}, given["name"], namespace)
        made["metadata"]["labels"] = given.get("labels", {})
        made["metadata"]["annotations"] = given.get("annotations", {})
        made["metadata"]["ownerReferences"] = given.get("ownerReferences", [])
        made["metadata"]["generation"] = 1
        if resource == "jobs":
            made["spec"]["selector"] = {"matchLabels": {"controller-uid": made["metadata"]["uid"]}}
        self.things[resource][given["name"]] = (made, time.time())
        return made

    def change(self, resource, name, patched):
        """What `patched` makes of it; false when it is not there."""
        if name not in self.things[resource]:
            return False
        thing, born = self.things[resource][name]
        self.things[resource][name] = (patched(thing), born)
        return True

    def drop(self, resource, name):
        return self.things[resource].pop(name, None)

    def see(self, resource):
        status = {"jobs": self.job_status, "deployments": self.deployment_status}.get(resource, lambda *_: {})
        return [{**thing, "status": status(thing, born)} for thing, born in self.things[resource].values()]

    def template_of(self, job):
        """The CronJob a job was made from; else its own name."""
        owners = job["metadata"]["ownerReferences"]
        return owners[0]["name"] if owners else job["metadata"]["name"]

    def job_status(self, job, born):
        if time.time() - born < self.cluster.scenario["job_seconds"]:
            return {"active": 1}
        fails = self.template_of(job) in self.cluster.scenario["failing_jobs"]
        return {"failed" if fails else "succeeded": 1,
                "conditions": [{"type": "Failed" if fails else "Complete", "status": "True"}]}

    def deployment_status(self, deployment, born):
        image = deployment["spec"]["template"]["spec"]["containers"][0]["image"]
        want = deployment["spec"].get("replicas", 1)
        is_up = time.time() - born >= self.cluster.scenario["pod_start_seconds"] and image not in self.cluster.bad_images()
        ready = want if is_up else 0
        return {"observedGeneration": 1, "replicas": want, "updatedReplicas": want, "readyReplicas": ready,
                "availableReplicas": ready, "conditions": [{"type": "Available", "status": "True" if is_up else "False"}]}

    # Pods that print

    def printing(self):
        """name -> (labels, text)"""
        logs = self.cluster.scenario["logs"]
        found = {app + "-0": ({"app": app}, text) for app, text in logs.items()}
        for job, _ in self.things["jobs"].values():
            name = job["metadata"]["name"]
            labels = {"job-name": name, "controller-uid": job["metadata"]["uid"]}
            found[name + "-0"] = (labels, logs.get(self.template_of(job), "done\n"))
        return found

    def pods(self):
        made = []
        for name, (labels, _) in self.printing().items():
            is_job = "job-name" in labels
            made.append({
                "apiVersion": "v1", "kind": "Pod",
                "metadata": {"name": name, "namespace": "production", "labels": labels, "uid": name,
                             "resourceVersion": "1", "creationTimestamp": "2026-01-01T00:00:00Z"},
                "spec": {"containers": [{"name": "main", "image": "registry.example.org/%s:1" % name}]},
                "status": {"phase": "Succeeded" if is_job else "Running", "containerStatuses": [
                    {"name": "main", "ready": not is_job, "restartCount": 0, "image": "", "imageID": "",
                     "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}}]}})
        return made

    def log(self, pod):
        return self.printing().get(pod, (None, None))[1]
