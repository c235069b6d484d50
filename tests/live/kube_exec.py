"""The server's side of `kubectl exec`: four streams over SPDY/3, as Kubernetes speaks it (v4.channel.k8s.io).

A client opens its streams in a fixed order — errors, standard input if any, output, error output — so that nothing needs
to be known of the headers they come with."""

import json
import socket
import struct
import subprocess
import threading
import zlib

SYN_STREAM, SYN_REPLY, PING = 1, 2, 6
FIN = 1


class Connection:
    def __init__(self, rfile, wfile):
        self.rfile, self.wfile = rfile, wfile
        self.lock = threading.Lock()
        self.compress = zlib.compressobj()

    def write(self, head, data):
        with self.lock:
            self.wfile.write(head + data)
            self.wfile.flush()

    def control(self, kind, data, flags=0):
        self.write(struct.pack(">HHI", 0x8003, kind, flags << 24 | len(data)), data)

    def data(self, stream, data, flags=0):
        self.write(struct.pack(">II", stream, flags << 24 | len(data)), data)

    def accept(self, stream):
        """An answer without any headers; they are one compressed stream over the whole connection."""
        with self.lock:
            headers = self.compress.compress(struct.pack(">I", 0)) + self.compress.flush(zlib.Z_SYNC_FLUSH)
        self.control(SYN_REPLY, struct.pack(">I", stream) + headers)

    def frame(self):
        """(type, stream, flags, data); the type of data is None."""
        head = self.rfile.read(8)
        if len(head) < 8:
            return None
        first, second = struct.unpack(">II", head)
        data = self.rfile.read(second & 0xffffff)
        if not first & 0x80000000:
            return None, first, second >> 24, data
        stream = struct.unpack(">I", data[:4])[0] & 0x7fffffff
        return first & 0xffff, stream, second >> 24, data

    def answer(self, frame):
        """Whether it was one that every connection answers alike."""
        if frame[0] == PING:
            self.control(PING, frame[3])
        return frame[0] is not None


def status(code):
    if code == 0:
        return {"metadata": {}, "status": "Success"}
    return {"metadata": {}, "status": "Failure", "reason": "NonZeroExitCode",
            "message": "command terminated with non-zero exit code: exit status %d" % code,
            "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]}}


def open_streams(connection, count):
    streams = []
    while len(streams) < count:
        frame = connection.frame()
        if frame is None:
            return None
        if frame[0] == SYN_STREAM:
            streams.append(frame[1])
            connection.accept(frame[1])
        else:
            connection.answer(frame)
    return streams


def forward(pipe, connection, stream):
    while True:
        data = pipe.read1(65536)
        if not data:
            break
        connection.data(stream, data)


def feed(process, connection, stream):
    """What the client sends, until it sends no more, or leaves."""
    while True:
        frame = connection.frame()
        if frame is None:
            process.kill()
            return
        if connection.answer(frame) or frame[1] != stream:
            continue
        try:
            process.stdin.write(frame[3])
            process.stdin.flush()
            if frame[2] & FIN:
                process.stdin.close()
        except (BrokenPipeError, ValueError):
            pass


def carry_out(handler, argv):
    """Answers a request to exec by carrying argv out."""
    wanted = [name for name in ("stdin", "stdout", "stderr") if handler.query.get(name) == "true"]
    handler.send_response(101)
    for name, value in (("Connection", "Upgrade"), ("Upgrade", "SPDY/3.1"), ("X-Stream-Protocol-Version", "v4.channel.k8s.io")):
        handler.send_header(name, value)
    handler.end_headers()
    handler.close_connection = True
    connection = Connection(handler.rfile, handler.wfile)
    streams = open_streams(connection, 1 + len(wanted))
    if streams is None:
        return
    of = dict(zip(["error"] + wanted, streams))
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if "stdin" not in of:
        process.stdin.close()
    readers = [threading.Thread(target=forward, args=(pipe, connection, of[name]))
               for name, pipe in (("stdout", process.stdout), ("stderr", process.stderr)) if name in of]
    for reader in readers:
        reader.start()
    feeder = threading.Thread(target=feed, args=(process, connection, of.get("stdin")))
    feeder.start()
    for reader in readers:
        reader.join()
    code = process.wait()
    connection.data(of["error"], json.dumps(status(code)).encode(), FIN)
    for name in ("stdout", "stderr"):
        if name in of:
            connection.data(of[name], b"", FIN)
    handler.connection.shutdown(socket.SHUT_RD)
    feeder.join()
