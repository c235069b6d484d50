"""The table of runbooks/README.md: what each runbook is, and how it was tried.

    RUNBOOK=build/release/engine/runbook python3 tests/scenarios/table.py           writes it
    RUNBOOK=build/release/engine/runbook python3 tests/scenarios/table.py --check   says what of it is out of date

Either says what exploring found, and has the exit status 1 then.

Steps, scenarios and coverage are what `runbook test` counts, explored states what `runbook explore` comes to within a
bound, and live is a runbook that a script of tests/live carries out.
"""

import concurrent.futures
import difflib
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RUNBOOK = os.path.abspath(os.environ.get("RUNBOOK", os.path.join(ROOT, "build/release/engine/runbook")))
STATES = 1000
INTRODUCTION = """# Runbooks

Procedures of five systems. Each was a document; here it is a runbook that carries it out, asks whom the document asks, keeps its
times, and is tested. A runbook's scenarios lie beside it (`deploy.yaml`, `deploy.test.yaml`), the people of a system are in its
`oncall.yaml`.

```console
$ runbook plan runbooks/enterprise-platform/p1-system-down.yaml
$ runbook test runbooks --coverage
```

**Covered** are steps and branches that a scenario reaches. **States** is how many different situations `runbook explore` went through
without a finding; with a + it stopped there, at {states:,}, where all of them would take too long for every change. **Live** names the
tests in which the runbook works on real parts. `tests/scenarios/table.py` writes this page, and a test keeps it true.
"""


def is_runbook(path):
    return not path.endswith(".test.yaml") and os.path.basename(path) != "oncall.yaml"


def runbook(*argv):
    return subprocess.run((RUNBOOK,) + argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          stdin=subprocess.DEVNULL, check=False)


def load(path):
    try:
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            return yaml.load(file, yaml.CSafeLoader)  # libyaml reads more than PyYAML does
    except FileNotFoundError:
        return {}


# --- what `runbook test` knows ---

def play_scenarios():
    """Scenarios per file of scenarios, and the coverage per file."""
    with tempfile.TemporaryDirectory(prefix="runbook-table.") as folder:
        coverage = os.path.join(folder, "coverage.json")
        done = runbook("test", "runbooks", "--json", "--coverage-json", coverage)
        if done.returncode:
            failed = [line for line in done.stdout.splitlines() if '"status":"failed"' in line]
            sys.exit("the scenarios fail:\n" + "\n".join(failed) + done.stderr)
        with open(coverage, encoding="utf-8") as file:
            covered = {entry["file"]: entry for entry in json.load(file)["files"]}
    counts = {}
    for line in done.stdout.splitlines():
        result = json.loads(line)
        if "scenario" in result:
            counts[result["file"]] = counts.get(result["file"], 0) + 1
    return counts, covered


# --- what `runbook explore` comes to ---

def explore(path):
    """Its figures; with the parameters of its first scenario that has some, when it cannot do without."""
    argv = ["explore", path, "--json", "--states", str(STATES)]
    done = runbook(*argv)
    if done.returncode == 2:
        given = next((scenario["params"] for scenario in load(path.replace(".yaml", ".test.yaml")).get("scenarios", [])
                      if scenario.get("params")), {})
        with tempfile.NamedTemporaryFile("w", suffix=".json", prefix="runbook-table.") as file:
            json.dump(given, file, default=str)
            file.flush()
            done = runbook(*argv, "--params-file", file.name)
    if done.returncode == 2:
        sys.exit("%s cannot be explored:\n%s" % (path, done.stderr))
    return json.loads(done.stdout)


def tell_states(figures):
    return "{:,}{}".format(figures["states"], "" if figures["complete"] else "+")


# --- what the live tests carry out ---

LIVE = os.path.join(ROOT, "tests/live")


def read_script(name):
    """A script's lines of code, those of what it sources before them."""
    with open(os.path.join(LIVE, name), encoding="utf-8") as file:
        lines = [line for line in file.read().replace("\\\n", " ").splitlines() if not line.lstrip().startswith("#")]
    sourced = [word for line in lines for word in re.findall(r'^\. "\$\(dirname "\$0"\)/(\w+\.sh)"', line)]
    return "".join(read_script(other) for other in sourced) + "\n".join(lines) + "\n"


def find_carriers(script):
    """The script's functions that carry out the runbook which their first argument names."""
    bodies = {name: one or more for name, one, more in
              re.findall(r"^(\w+)\(\) \{(?:([^\n]*)\}$|\n(.*?)^\}$)", script, re.M | re.S)
              if "name=$1" in (one or more) or "$1" in (one or more)}
    carriers = {name for name, body in bodies.items() if re.search(r"exec [^\n]*/\$(?:1|name)\.yaml", body)}
    while True:
        more = {name for name, body in bodies.items() for carrier in carriers
                if re.search(r"\b%s \"?\$(?:1|name)\b" % carrier, body)} - carriers
        if not more:
            return carriers
        carriers |= more


def names_carried_out(script):
    """Names of runbooks that it hands to `exec`: written out, in a variable, through a carrier, or from a loop over names."""
    names = set(re.findall(r"\bexec [^\n]*/([\w-]+)\.yaml\b", script))
    names.update(name for variable, name in re.findall(r'^(\w+)="?[^\s"]*/([\w-]+)\.yaml"?$', script, re.M)
                 if re.search(r'\bexec "\$%s"' % variable, script))
    for carrier in find_carriers(script):
        names.update(re.findall(r"\b%s ([a-z][\w-]*)" % carrier, script))
        for variable in re.findall(r"\b%s \"?\$(\w+)" % carrier, script):
            for words in re.findall(r"\bfor %s in ([^;\n]+)" % variable, script):
                names.update(words.split())
    return names


def find_live():
    """Path of a runbook to the names of the tests that carry it out."""
    live = {}
    for path in sorted(glob.glob(LIVE + "/test_*.sh")):
        script = read_script(os.path.basename(path))
        test = os.path.basename(path)[len("test_"):-len(".sh")]
        names = names_carried_out(script)
        for system in set(re.findall(r"runbooks/([\w-]+)|\bown_books ([\w-]+)", script)):
            for name in names:
                live.setdefault("runbooks/%s/%s.yaml" % ("".join(system), name), []).append(test)
    return live


# --- the page ---

def percent(figure):
    return "100 %" if figure["covered"] == figure["total"] else "%d %%" % figure["percent"]


def tell_live(tests):
    return ", ".join("[%s](../tests/live/test_%s.sh)" % (test, test) for test in tests)


def row(path, document, scenarios, covered, figures, tests):
    name = os.path.basename(path)[:-len(".yaml")]
    title = str(document.get("title", "")).replace("|", "\\|")
    return "| [%s](%s) | %s | %d | %d | %s | %s | %s | %s |\n" % (
        name, os.path.relpath(path, "runbooks"), title, covered["steps"]["total"], scenarios,
        percent(covered["steps"]), percent(covered["branches"]), tell_states(figures), tell_live(tests))


def section(system, paths, facts):
    counts, covered, figures, live = facts
    steps = sum(covered[path]["steps"]["total"] for path in paths)
    scenarios = sum(counts.get(path.replace(".yaml", ".test.yaml"), 0) for path in paths)
    is_told = os.path.exists(os.path.join(ROOT, "runbooks", system, "README.md"))
    text = "\n## %s\n\n" % ("[%s](%s/README.md)" % (system, system) if is_told else system)
    text += "%d runbooks, %d steps, %d scenarios, %d live.\n\n" % (
        len(paths), steps, scenarios, sum(path in live for path in paths))
    text += "| runbook | | steps | scenarios | steps covered | branches covered | states | live |\n"
    text += "|---|---|---:|---:|---:|---:|---:|---|\n"
    for path in paths:
        text += row(path, load(path), counts.get(path.replace(".yaml", ".test.yaml"), 0), covered[path], figures[path],
                    live.get(path, []))
    return text


def gather():
    """The page, and what exploring found."""
    paths = sorted(path for path in (os.path.relpath(each, ROOT) for each in glob.glob(ROOT + "/runbooks/*/*.yaml"))
                   if is_runbook(path))
    counts, covered = play_scenarios()
    unseen = [path for path in paths if path not in covered]
    if unseen:
        sys.exit("there are no scenarios for %s" % ", ".join(unseen))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        figures = dict(zip(paths, pool.map(explore, paths)))
    facts = counts, covered, figures, find_live()
    text = INTRODUCTION.format(states=STATES)
    for system in sorted({path.split("/")[1] for path in paths}):
        text += section(system, [path for path in paths if path.split("/")[1] == system], facts)
    findings = ["%s: %s" % (path, finding["message"]) for path in paths for finding in figures[path]["findings"]]
    return text, findings


def main():
    page = os.path.join(ROOT, "runbooks/README.md")
    text, findings = gather()
    for finding in findings:
        print(finding, file=sys.stderr)
    if sys.argv[1:] != ["--check"]:
        with open(page, "w", encoding="utf-8") as file:
            file.write(text)
        sys.exit(bool(findings))
    with open(page, encoding="utf-8") as file:
        there = file.read()
    difference = list(difflib.unified_diff(there.splitlines(), text.splitlines(), "runbooks/README.md", "as it is now", "", "", 0))
    if difference:
        print("\n".join(difference))
        print("write it anew: RUNBOOK=%s python3 tests/scenarios/table.py" % RUNBOOK)
    sys.exit(bool(difference or findings))


main()
