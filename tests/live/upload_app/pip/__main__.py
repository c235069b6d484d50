"""What stands in for pip: writes down what it is asked, and knows of the updates that run/outdated names."""

import json
import os
import sys

with open("run/pip", "a", encoding="utf-8") as file:
    file.write(" ".join(sys.argv[1:]) + "\n")
if sys.argv[1] == "list":
    names = open("run/outdated", encoding="utf-8").read().split() if os.path.exists("run/outdated") else []
    print(json.dumps([{"name": name, "version": "1.0", "latest_version": "1.1"} for name in names]))
if sys.argv[1] == "install":
    open("requirements.txt", encoding="utf-8").close()
    if os.path.exists("run/outdated"):
        os.remove("run/outdated")
