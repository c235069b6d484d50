"""A stand-in for somebody's HTTP API: gives the answers it was told to give, in order, and writes down what it was sent.

    stand_in.py ANSWERS RECORD PORT

ANSWERS has one JSON map a line: {"status": 200, "headers": {…}, "body": any, "text": "…"}; the last one is given again
and again. With "path", and "method" if that matters, an answer is for such requests alone, and has its own order. A
file that is put in the place of ANSWERS counts from then on. RECORD gets one JSON map a line: {"method", "path",
"query", "headers", "body"}; header names are in lower case, the body is a text. The port it listens on is written to
the file PORT once it does."""

import http.server
import json
import os
import sys
import threading
import urllib.parse

record = open(sys.argv[2], "a", encoding="utf-8", buffering=1)
lock = threading.Lock()
answers, version = [], None


def next_answer(method, path):
    """What is said to this request: the first answer that fits; it is used up unless it is the last that fits."""
    global answers, version
    with lock:
        now = os.stat(sys.argv[1]).st_ino
        if now != version:
            version = now
            answers = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8") if line.strip()]
        routed = [one for one in answers if one.get("path") == path and one.get("method", method) == method]
        fit = routed or [one for one in answers if "path" not in one]
        if not fit:
            return {} if not answers else {"status": 404, "body": {"error": "there is no such path"}}
        if len(fit) > 1:
            answers = [one for one in answers if one is not fit[0]]
        return fit[0]


class StandIn(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        url = urllib.parse.urlsplit(self.path)
        record.write(json.dumps({
            "method": self.command,
            "path": url.path,
            "query": urllib.parse.parse_qs(url.query, keep_blank_values=True),
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": body.decode("utf-8", "replace"),
        }) + "\n")
        given = next_answer(self.command, url.path)
        text = given["text"] if "text" in given else json.dumps(given.get("body", {}))
        sent = text.encode("utf-8")
        self.send_response(given.get("status", 200))
        for name, value in {"Content-Type": "application/json", **given.get("headers", {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(sent)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
with open(sys.argv[3] + ".new", "w", encoding="utf-8") as port:
    port.write(str(server.server_address[1]))
os.rename(sys.argv[3] + ".new", sys.argv[3])
server.serve_forever()
