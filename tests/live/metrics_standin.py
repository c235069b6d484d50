"""A stand-in for an application that Prometheus watches: at every look it has answered ten more requests.

    metrics_standin.py BEHAVIOUR PORT

BEHAVIOUR is a file with JSON, read at every look: {"seconds": of a request, "failing": of ten, "gauges": {name: value}}."""

import http.server
import json
import os
import sys

behaviour, port = sys.argv[1:]
BOUNDS = [0.1, 0.5, 1, 2.5, 5]
buckets = [0] * len(BOUNDS)
counts = {"200": 0, "500": 0}


def look():
    with open(behaviour, encoding="utf-8") as file:
        now = json.load(file)
    for i, bound in enumerate(BOUNDS):
        buckets[i] += 10 if now["seconds"] <= bound else 0
    counts["500"] += now["failing"]
    counts["200"] += 10 - now["failing"]
    total = sum(counts.values())
    lines = ['http_request_duration_seconds_bucket{le="%g"} %d' % pair for pair in zip(BOUNDS, buckets)]
    lines.append('http_request_duration_seconds_bucket{le="+Inf"} %d' % total)
    lines += ['http_requests_total{status="%s"} %d' % pair for pair in counts.items()]
    lines += ["%s %g" % pair for pair in now.get("gauges", {}).items()]
    return "".join(line + "\n" for line in lines)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        data = look().encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(port + ".new", "w", encoding="utf-8") as new:
    new.write(str(server.server_port))
os.rename(port + ".new", port)
server.serve_forever()
