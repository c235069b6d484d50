"""The configuration of the stand-in. Its reload() reaches the process that runs, by a signal, as an application's may."""

import json
import os
import signal


class Config(dict):
    def read(self):
        with open("config/%s.json" % os.environ.get("ENVIRONMENT", "production"), encoding="utf-8") as file:
            values = json.load(file)
        self.clear()
        self.update(values)

    def reload(self):
        self.read()
        with open("logs/application.pid", encoding="utf-8") as file:
            os.kill(int(file.read()), signal.SIGHUP)


def get_config():
    config = Config()
    config.read()
    return config
