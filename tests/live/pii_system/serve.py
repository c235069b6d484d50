"""The stand-in's load balancer: answers /health as the state in FOLDER says, 503 while the services are not up.

    serve.py FOLDER PORT       the port it listens on is written to the file PORT
"""

import http.server
import json
import os
import sys

folder, port_file = sys.argv[1:3]
os.chdir(folder)
sys.path.insert(0, ".")
from src.core import health_checks  # noqa: E402  pylint: disable=wrong-import-position


class Front(http.server.BaseHTTPRequestHandler):
    def do_GET(self):  # pylint: disable=invalid-name
        check = health_checks.services()
        is_up = check.status is health_checks.Status.HEALTHY
        body = json.dumps({"status": check.status.value, "message": check.message}).encode()
        self.send_response(200 if is_up else 503)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Front)
with open(port_file + ".new", "w", encoding="utf-8") as file:
    file.write(str(server.server_address[1]))
os.rename(port_file + ".new", port_file)
server.serve_forever()
