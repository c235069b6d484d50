"""A stand-in for RDS that the real `aws` talks to: instances that are there, or made as replicas of those.

    rds_standin.py REPLICA_HOST REPLICA_PORT RECORD PORT

There is one instance, ai-data-readiness-primary. A replica is available as soon as it was made, at REPLICA_HOST and
REPLICA_PORT. RECORD gets a line for each request: its action and the instance. The port it listens on is written to the
file PORT once it does."""

import http.server
import os
import sys
import urllib.parse

host, port, record, port_file = sys.argv[1:]
instances = {"ai-data-readiness-primary": None}
XMLNS = "http://rds.amazonaws.com/doc/2014-10-31/"


def described(name):
    endpoint = "<Endpoint><Address>%s</Address><Port>%s</Port></Endpoint>" % (host, port)
    return ("<DBInstance><DBInstanceIdentifier>%s</DBInstanceIdentifier><DBInstanceStatus>available</DBInstanceStatus>%s"
            "</DBInstance>" % (name, endpoint if instances[name] else ""))


class Rds(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        action, name = form["Action"], form.get("DBInstanceIdentifier", "")
        with open(record, "a", encoding="utf-8") as file:
            file.write("%s %s\n" % (action, name))
        if action == "CreateDBInstanceReadReplica":
            if name in instances:
                return self.refuse(400, "DBInstanceAlreadyExists", name + " is there already")
            instances[name] = form["SourceDBInstanceIdentifier"]
        elif name not in instances:
            return self.refuse(404, "DBInstanceNotFound", "there is no " + name)
        inside = described(name)
        if action == "DescribeDBInstances":
            inside = "<DBInstances>%s</DBInstances>" % inside
        elif action == "DeleteDBInstance":
            del instances[name]
        self.say(200, '<%sResponse xmlns="%s"><%sResult>%s</%sResult><ResponseMetadata><RequestId>1</RequestId>'
                 "</ResponseMetadata></%sResponse>" % (action, XMLNS, action, inside, action, action))

    def refuse(self, status, code, message):
        self.say(status, '<ErrorResponse xmlns="%s"><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error>'
                 "<RequestId>1</RequestId></ErrorResponse>" % (XMLNS, code, message))

    def say(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Rds)
with open(port_file + ".new", "w", encoding="utf-8") as file:
    file.write(str(server.server_address[1]))
os.rename(port_file + ".new", port_file)
server.serve_forever()
