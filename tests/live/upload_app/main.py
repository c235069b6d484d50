"""A stand-in for Upload Bridge: it stays running, and writes logs as the application does.

Three files in `run/` of its folder, where they are, make it behave badly: with `broken` it ends at once, with `noisy` it logs
an error when it starts, with `mute` it does not end when it is asked to.
"""

import os
import signal
import sys
import time

from core.config import get_config

LOGS = os.environ.get("LOG_DIR", "logs")


def log(level, text, name="application.log"):
    with open(os.path.join(LOGS, name), "a", encoding="utf-8") as file:
        file.write("%s %s %s\n" % (time.strftime("%Y-%m-%d %H:%M:%S"), level, text))


def tell_configuration(*_):
    log("INFO", "Configuration: CACHE_SIZE=%s" % get_config().get("CACHE_SIZE"))


def refuse(*_):
    log("WARNING", "asked to end, and does not")


def main():
    with open("run/pids", "a", encoding="utf-8") as file:
        file.write("%d\n" % os.getpid())
    if os.path.exists("run/broken") or "broken" in get_config():
        log("CRITICAL", "cannot start", "errors.log")
        sys.exit("cannot start")
    if os.path.exists("run/mute"):
        signal.signal(signal.SIGTERM, refuse)
    if os.path.exists("run/noisy"):
        log("ERROR", "the device is gone", "errors.log")
    signal.signal(signal.SIGHUP, tell_configuration)
    tell_configuration()
    log("INFO", "started in %s, logging from %s" % (os.environ["ENVIRONMENT"], os.environ["LOG_LEVEL"]))
    with open("run/up", "w", encoding="utf-8") as file:
        file.write("%s %s" % (os.environ["ENVIRONMENT"], os.environ["LOG_LEVEL"]))
    while True:
        time.sleep(0.1)
        log("INFO", "Performance: pattern_load took 120.5ms")


main()
