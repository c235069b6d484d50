"""A mail server for tests: aiosmtpd on loopback. Every mail it takes becomes a file.

usage: smtp_server.py FOLDER [--tls CERT KEY] [--smtps CERT KEY] [--user NAME PASSWORD] [--deny CODE,CODE,…]
                             [--slow SECONDS]

Writes its port to FOLDER/port, and each mail to FOLDER/1.eml, 2.eml, … with the envelope in X- headers. --deny answers
the first mails with these replies; --slow waits before every reply to the text of a mail.
"""
import argparse
import asyncio
import os
import pathlib
import ssl

from aiosmtpd.smtp import SMTP, AuthResult


class Sink:
    def __init__(self, options):
        self.folder = pathlib.Path(options.folder)
        self.deny = options.deny.split(",") if options.deny else []
        self.slow = options.slow
        self.count = 0

    async def handle_DATA(self, server, session, envelope):
        await asyncio.sleep(self.slow)
        if self.deny:
            return self.deny.pop(0) + " come back later"
        self.count += 1
        head = f"X-From: {envelope.mail_from}\r\nX-To: {','.join(envelope.rcpt_tos)}\r\n"
        head += f"X-Tls: {session.ssl is not None}\r\nX-User: {getattr(session, 'user', '')}\r\n"
        part = self.folder / f"{self.count}.part"
        part.write_bytes(head.encode() + envelope.content)
        part.rename(self.folder / f"{self.count}.eml")
        return "250 taken"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 there is no nobody here"
        envelope.rcpt_tos.append(address)
        return "250 ok"


def context_of(pair):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*pair)
    return context


def authenticator(options):
    def check(server, session, envelope, mechanism, data):
        ok = [data.login.decode(), data.password.decode()] == options.user
        session.user = data.login.decode() if ok else ""
        return AuthResult(success=ok, handled=ok)

    return check


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--tls", nargs=2)
    parser.add_argument("--smtps", nargs=2)
    parser.add_argument("--user", nargs=2)
    parser.add_argument("--deny", default="")
    parser.add_argument("--slow", type=float, default=0)
    options = parser.parse_args()
    sink = Sink(options)
    extra = {}
    if options.tls:
        extra["tls_context"] = context_of(options.tls)
    if options.user:
        extra.update(authenticator=authenticator(options), auth_required=True,
                     auth_require_tls=bool(options.tls))
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(sink, hostname="mail.test", **extra), "127.0.0.1", 0,
        ssl=context_of(options.smtps) if options.smtps else None)
    port = pathlib.Path(options.folder) / "port"
    port.with_suffix(".new").write_text(str(server.sockets[0].getsockname()[1]))
    os.rename(port.with_suffix(".new"), port)
    await server.serve_forever()


asyncio.run(main())
