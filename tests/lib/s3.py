"""A stand-in for S3 that the real `aws` talks to: buckets are folders, objects are files.

    s3.py FOLDER PORT

The port it listens on is written to the file PORT. It knows what `aws s3 cp|sync|ls|rm` and `aws s3api head-object|
list-objects-v2|put-object|get-object|delete-object` ask for of objects below 8 MB, and checks no signature."""

import hashlib
import http.server
import os
import pathlib
import sys
import urllib.parse
from email.utils import formatdate
from time import gmtime, strftime
from xml.etree import ElementTree
from xml.sax.saxutils import escape

root = pathlib.Path(sys.argv[1]).resolve()


class Store(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def place(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        bucket, _, key = urllib.parse.unquote(url.path).lstrip("/").partition("/")
        path = (root / bucket / key).resolve()
        if root not in path.parents:
            raise ValueError("outside of the store")
        return bucket, key, path, query

    def say(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status, code):
        self.say(status, f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode(),
                 Content_Type="application/xml")

    def do_PUT(self):
        bucket, key, path, _ = self.place()
        data = self.rfile.read(int(self.headers.get("content-length", 0)))
        if not (root / bucket).is_dir():
            return self.refuse(404, "NoSuchBucket")
        source = self.headers.get("x-amz-copy-source")
        if source:
            data = (root / urllib.parse.unquote(source).lstrip("/")).read_bytes()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        tag = f'"{hashlib.md5(data).hexdigest()}"'
        self.say(200, f"<CopyObjectResult><ETag>{tag}</ETag></CopyObjectResult>".encode() if source else b"", ETag=tag)

    def do_GET(self):
        bucket, key, path, query = self.place()
        if not (root / bucket).is_dir():
            return self.refuse(404, "NoSuchBucket")
        if not key:
            return self.listing(bucket, query)
        if not path.is_file():
            return self.refuse(404, "NoSuchKey")
        data = path.read_bytes()
        self.say(200, data, ETag=f'"{hashlib.md5(data).hexdigest()}"', Content_Length=str(len(data)),
                 Last_Modified=formatdate(path.stat().st_mtime, usegmt=True))

    do_HEAD = do_GET

    def do_DELETE(self):
        _, _, path, _ = self.place()
        path.unlink(missing_ok=True)
        self.say(204)

    def do_POST(self):
        bucket, _, _, query = self.place()
        data = self.rfile.read(int(self.headers.get("content-length", 0)))
        if "delete" not in query:
            return self.refuse(501, "NotImplemented")
        gone = [node.text for node in ElementTree.fromstring(data).iter() if node.tag.endswith("Key")]
        for key in gone:
            (root / bucket / key).unlink(missing_ok=True)
        self.say(200, f"<DeleteResult>{''.join(f'<Deleted><Key>{escape(key)}</Key></Deleted>' for key in gone)}"
                      "</DeleteResult>".encode(), Content_Type="application/xml")

    def listing(self, bucket, query):
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        contents, folders = "", set()
        for path in sorted((root / bucket).rglob("*")):
            key = str(path.relative_to(root / bucket))
            if not path.is_file() or not key.startswith(prefix):
                continue
            rest = key[len(prefix):]
            if delimiter and delimiter in rest:
                folders.add(prefix + rest.split(delimiter)[0] + delimiter)
                continue
            stat = path.stat()
            contents += (f"<Contents><Key>{escape(key)}</Key><Size>{stat.st_size}</Size><LastModified>"
                         f"{strftime('%Y-%m-%dT%H:%M:%S.000Z', gmtime(stat.st_mtime))}</LastModified><ETag>"
                         f"&quot;{hashlib.md5(path.read_bytes()).hexdigest()}&quot;</ETag></Contents>")
        common = "".join(f"<CommonPrefixes><Prefix>{escape(one)}</Prefix></CommonPrefixes>" for one in sorted(folders))
        self.say(200, f"<ListBucketResult><Name>{bucket}</Name><IsTruncated>false</IsTruncated>{contents}{common}"
                      "</ListBucketResult>".encode(), Content_Type="application/xml")

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Store)
with open(sys.argv[2] + ".new", "w", encoding="utf-8") as port:
    port.write(str(server.server_address[1]))
os.rename(sys.argv[2] + ".new", sys.argv[2])
server.serve_forever()
