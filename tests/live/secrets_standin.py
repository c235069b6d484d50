"""A stand-in for AWS Secrets Manager with one secret, for the real `aws`: it keeps versions and their stages.

    secrets_standin.py NAME FILE PORT

FILE is given what it keeps, as JSON, after every change; the port it listens on is written to the file PORT."""

import http.server
import json
import os
import sys
import uuid

name, file, port = sys.argv[1:]
versions = {str(uuid.uuid4()): {"value": "the first one", "stages": ["AWSCURRENT"]}}


def write(path, text):
    with open(path + ".new", "w", encoding="utf-8") as new:
        new.write(text)
    os.rename(path + ".new", path)


def move(stage, to):
    for version in versions.values():
        version["stages"] = [s for s in version["stages"] if s != stage]
    versions[to]["stages"].append(stage)


def make_current(version):
    before = [v for v, what in versions.items() if "AWSCURRENT" in what["stages"]]
    for one in before:
        move("AWSPREVIOUS", one)
    move("AWSCURRENT", version)


def describe(_asked):
    return {"Name": name, "VersionIdsToStages": {v: what["stages"] for v, what in versions.items() if what["stages"]}}


def update(asked):
    version = str(uuid.uuid4())
    versions[version] = {"value": asked["SecretString"], "stages": []}
    make_current(version)
    return {"Name": name, "VersionId": version}


def stage(asked):
    if "AWSCURRENT" not in versions[asked["RemoveFromVersionId"]]["stages"]:
        raise KeyError(asked["RemoveFromVersionId"])
    make_current(asked["MoveToVersionId"])
    return {"Name": name}


DOES = {"DescribeSecret": describe, "UpdateSecret": update, "UpdateSecretVersionStage": stage}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        does = DOES.get(self.headers["X-Amz-Target"].split(".")[-1])
        code, answer = 400, {"__type": "ResourceNotFoundException", "Message": "Secrets Manager can't find the specified secret."}
        if does and asked.get("SecretId") == name:
            try:
                code, answer = 200, does(asked)
            except KeyError:
                answer = {"__type": "InvalidParameterException", "Message": "no such version"}
        write(file, json.dumps(versions))
        data = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
write(port, str(server.server_port))
server.serve_forever()
