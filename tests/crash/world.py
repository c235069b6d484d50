"""A runbook that asks much of the world, and the servers it speaks to: http, mail, code that starts processes, an action of
the library, a process that leaves another one behind, a long text as output. What was done is in the stage's log, whoever did
it."""
import http.server, os, shutil, subprocess, tempfile, threading, time

SMTP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "live", "smtp_server.py")
BOOK = """runbook: world
smtp: {{url: "smtp://127.0.0.1:{smtp}", from: runbook@example.org}}
steps:
  - {{id: get, http: {{url: "http://127.0.0.1:{http}{place}/get"}}, timeout: 30s}}
  - {{id: post, http: {{url: "http://127.0.0.1:{http}{place}/post", method: POST, body: x}}, timeout: 30s, on_interrupt: skip}}
  - id: code
    on_interrupt: skip
    lua: |
      must(exec {{"sh", "-c", 'echo code >>"$LOG"'}}, "the code")
      return must(http.get("http://127.0.0.1:{http}{place}/asked"), "the question").body
  - {{id: hashed, uses: file.sha256, with: {{path: book.yaml}}}}
  - {{id: leaves, run: 'echo leaves >>"$LOG"; setsid sleep 1000 >&- 2>&- & until [ -n "$(pgrep -P $$ -x sleep)" ]; do :; done', on_interrupt: skip}}
  - {{id: told, mail: {{to: ops@example.org, subject: "{place}", body: x}}, timeout: 30s, on_interrupt: skip}}
  - {{id: fills, run: 'echo fills >>"$LOG"; echo a=1 >"$RUNBOOK_OUTPUT"', on_interrupt: skip}}
  - {{id: again, run: 'echo again >>"$LOG"', retry: {{max_attempts: 3, delay: 10ms}}, idempotent: true}}
"""
# Which step does what, and what may be done more than once.
LINES = {"get": "get", "post": "post", "code": "code", "leaves": "leaves", "told": "mail", "fills": "fills", "again": "again"}
REPEATABLE = {"get", "again", "asked"}


class Answers(http.server.BaseHTTPRequestHandler):
    """/FOLDER/WORD: the word is what was done there."""

    def do_GET(self):
        folder, word = self.path.rsplit("/", 1)
        with open(os.path.join(folder, "log"), "a") as log:
            log.write(word + "\n")
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        try:
            self.wfile.write(b"there")
        except BrokenPipeError:
            pass  # who asked is dead

    do_POST = do_GET

    def log_message(self, *_):
        pass


def is_possible():
    return subprocess.run(["/usr/bin/python3", "-c", "import aiosmtpd"], stderr=subprocess.DEVNULL).returncode == 0


class World:
    def __init__(self):
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.mails = tempfile.mkdtemp(prefix="runbook-mails.")
        self.smtp = subprocess.Popen(["/usr/bin/python3", SMTP, self.mails], stdout=subprocess.DEVNULL)
        while not os.path.exists(os.path.join(self.mails, "port")):
            time.sleep(0.05)
        self.ports = {"http": self.http.server_port, "smtp": open(os.path.join(self.mails, "port")).read().strip()}

    def book(self, place):
        return BOOK.format(place=place, **self.ports)

    def lines(self, place):
        """What has come by mail; no log has that."""
        mails = [open(os.path.join(self.mails, name), errors="replace").read() for name in os.listdir(self.mails) if name.endswith(".eml")]
        return ["mail" for mail in mails if place in mail]

    def forget(self, place):
        for name in os.listdir(self.mails):
            path = os.path.join(self.mails, name)
            if name.endswith(".eml") and place in open(path, errors="replace").read():
                os.remove(path)

    def close(self):
        self.http.shutdown()
        self.smtp.kill()
        self.smtp.wait()
        shutil.rmtree(self.mails)
