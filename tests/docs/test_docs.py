"""What the documentation shows is true: every YAML block loads, every `runbook` command in it exists and is understood.

A block whose info string says `yaml scenarios` is a scenario file of the whole runbook last shown before it on the page, and must
pass; with `fails` it must fail, with `invalid` be refused. A block that is a whole runbook (it has the key `runbook`) must be valid. A block that is a list of steps, or a part of
a runbook, is completed and must be valid too. A block whose info string says `yaml invalid` must be refused.
Commands are those lines of ```console blocks that begin with "$ runbook": their verb must exist and its -h must
name every option that they use. `$ tests/run`, `$ examples/demo` and the like must be files.
```console tried: the commands are carried out, one after the other in one shell, and what is shown under each must be
among what it prints, in this order; "…" stands for anything, times and ids of runs for others of their kind.
A block that names a file (`yaml examples/hello.yaml`) must be that file, to the letter.
"""

import glob
import os
import re
import shlex
import subprocess
import sys
import tempfile

RUNBOOK = os.environ["RUNBOOK"]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGES = [os.path.join(ROOT, "README.md")] + sorted(
    os.path.join(ROOT, "docs", name) for name in os.listdir(os.path.join(ROOT, "docs"))
    if name.endswith(".md") and name not in ("reference.md", "actions.md")) + sorted(
    glob.glob(os.path.join(ROOT, "docs/tutorial/*.md"))) + [os.path.join(ROOT, "runbooks/README.md")]
ONCALL = """contacts: {ana: {name: Ana, channels: [page]}, bo: {name: Bo, channels: [page]}}
channels: {page: {uses: command.run, with: {argv: [logger]}}}
groups: {platform-engineers: [ana, bo]}
"""


def blocks(text):
    """(line, info, body) of every fenced block."""
    for match in re.finditer(r"^```([^\n]*)\n(.*?)^```", text, re.M | re.S):
        yield text[:match.start()].count("\n") + 1, match.group(1).split(), match.group(2)


def complete(body):
    """A fragment as a whole runbook: a list is its steps, keys of the top level get a runbook around them."""
    if re.search(r"^runbook:", body, re.M):
        return body
    if re.match(r"(#[^\n]*\n)*- ", body):
        return "runbook: fragment\nsteps:\n" + "".join("  " + line for line in body.splitlines(True))
    if re.search(r"^(steps|rescue|always):", body, re.M):
        return "runbook: fragment\n" + ("" if re.search(r"^steps:", body, re.M) else "steps: [{note: here}]\n") + body
    return "runbook: fragment\nsteps: [{note: here}]\n" + body


def run(*argv):
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False,
                          stdin=subprocess.DEVNULL)


def check_scenarios(body, info, runbook, folder):
    for name, text in (("page.yaml", runbook), ("page.test.yaml", body)):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    done = run(RUNBOOK, "test", os.path.join(folder, "page.test.yaml"))
    wanted = 2 if "invalid" in info else 1 if "fails" in info else 0
    return "" if done.returncode == wanted else "exit status %d:\n%s" % (done.returncode, done.stdout)


def check_yaml(body, info, folder):
    path = os.path.join(folder, "page.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(complete(body))
    with open(os.path.join(folder, "oncall.yaml"), "w", encoding="utf-8") as file:
        file.write(body if "oncall" in info else ONCALL)
    if "oncall" in info:
        with open(path, "w", encoding="utf-8") as file:
            file.write("runbook: fragment\nimport: [oncall.yaml]\nsteps: [{note: here}]\n")
    done = run(RUNBOOK, "validate", path)
    if "invalid" in info:
        return "" if done.returncode == 2 else "was accepted, and should not be"
    return "" if done.returncode == 0 else done.stdout


def check_command(line):
    argv = shlex.split(line, comments=True)
    while argv and re.match(r"[A-Z_]+=", argv[0]):
        argv.pop(0)
    if argv[0] != "runbook":
        if "/" in argv[0] and not argv[0].startswith(("/", "~")) and not argv[0].startswith("build/"):
            return "" if os.access(os.path.join(ROOT, argv[0]), os.X_OK) else "no such program: " + argv[0]
        return ""
    if len(argv) == 1 or argv[1].startswith("-"):
        return ""
    help_text = run(RUNBOOK, argv[1], "-h")
    if help_text.returncode != 0:
        return "no verb " + argv[1]
    for option in [word.split("=")[0] for word in argv[2:] if re.match(r"--?[a-z]", word)]:
        if not re.search(r"(?<![\w-])" + re.escape(option) + r"(?![\w-])", help_text.stdout):
            return "%s has no option %s" % (argv[1], option)
    for file in [word for word in argv[2:] if word.startswith(("examples/", "runbooks/"))]:
        if not os.path.exists(os.path.join(ROOT, file)):
            return "no such file: " + file
    return ""


def check_file(body, info):
    for path in (word for word in info if word.startswith("examples/")):
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            if file.read() != body:
                return "is not what is in " + path
    return ""


# --- sessions ---

# What differs from run to run.
KINDS = ((r"\b\d\d:\d\d:\d\d\b", "TIME"), (r"\+\d[\d:.]*s?(?= )", "SINCE"), (r"\b[\d.]+m?s\b", "LONG"),
         (r"\b(run|timeline|logs|answer|approve|done) [a-z2-7]{6}\b", "ID"))


def alike(line):
    for pattern, kind in KINDS:
        line = re.sub(pattern, kind, line)
    return line.rstrip()


def check_session(body, folder):
    """Carry the commands out in one shell; each ends with a line of its own, so that what it printed is known."""
    shown = [(command, body.replace("\\\n", "  ").splitlines()[offset + 1:]) for offset, command in commands(body)]
    script = "".join("%s\n{ code=$?; echo; echo '@@end'; (exit $code); }\n" % command for command, _ in shown)
    programs = os.path.join(folder, "bin")
    if not os.path.exists(programs):
        os.mkdir(programs)
        os.symlink(os.path.abspath(RUNBOOK), os.path.join(programs, "runbook"))
    environment = dict(os.environ, PATH=programs + ":" + os.environ["PATH"], RUNBOOK_JOURNAL=folder + "/journal.db",
                       HOME=folder, TZ="UTC", LC_ALL="C.UTF-8")
    environment.pop("PASSWORD", None)
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL)
    for (command, lines), printed in zip(shown, done.stdout.split("@@end\n")):
        problem = check_printed(lines, printed.splitlines())
        if problem:
            return "%s does not print %s, but\n%s" % (command, problem, printed)
    return ""


def check_printed(lines, printed):
    """The first line shown that was not printed, or \"\"."""
    rest = iter([alike(line) for line in printed])
    for line in lines:
        if line.startswith("$ "):
            break
        pattern = ".*".join(re.escape(part) for part in alike(line).split("…"))
        if line != "…" and not any(re.fullmatch(pattern, each) for each in rest):
            return line
    return ""


# --- one page ---

def commands(body):
    """(line, command); a command whose quotes are still open goes on in the next line."""
    lines = body.replace("\\\n", "  ").splitlines()
    for offset, line in enumerate(lines):
        if not line.startswith("$ "):
            continue
        command = line[2:]
        for more in lines[offset + 1:]:
            if is_complete(command):
                break
            command += "\n" + more
        yield offset, command


def is_complete(command):
    try:
        shlex.split(command, comments=True)
        return True
    except ValueError:
        return False


def links(text):
    for match in re.finditer(r"\]\(([^)#:]+)(#[^)]*)?\)", text):
        yield text[:match.start()].count("\n") + 1, match.group(1)


def main():
    failures = checked = 0
    os.environ["NO_COLOR"] = "1"
    with tempfile.TemporaryDirectory(prefix="runbook-docs.") as folder:
        for page in PAGES:
            with open(page, encoding="utf-8") as file:
                text = file.read()
            findings = []
            runbook = ""
            for line, info, body in blocks(text):
                if "yaml" in info and re.search(r"^runbook:", body, re.M) and not {"scenarios", "invalid"} & set(info):
                    runbook = body
                findings.append((line, check_file(body, info)))
                if "tried" in info:
                    checked += 1
                    findings.append((line, check_session(body, folder)))
                if "scenarios" in info:
                    checked += 1
                    findings.append((line, check_scenarios(body, info, runbook, folder)))
                elif "yaml" in info:
                    checked += 1
                    findings.append((line, check_yaml(body, info, folder)))
                if "console" in info:
                    for offset, command in commands(body):
                        checked += 1
                        findings.append((line + 1 + offset, check_command(command)))
            for line, target in links(text):
                checked += 1
                findings.append((line, "" if os.path.exists(os.path.join(os.path.dirname(page), target))
                                 else "no such page: " + target))
            for line, problem in findings:
                if problem:
                    failures += 1
                    print("%s:%d: %s" % (os.path.relpath(page, ROOT), line, problem))
    print("%d checked, %d wrong" % (checked, failures))
    return 1 if failures or checked < 20 else 0


sys.exit(main())
