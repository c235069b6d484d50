"""check.py RUNBOOK SOURCE_DIR: hold what `runbook schema` prints against the metaschema, our runbooks against it,
and see that it refuses what it must. Exit code 77 when the validator (python3-jsonschema) is not installed."""
import json
import pathlib
import re
import subprocess
import sys

try:
    import jsonschema
    import yaml
except ImportError as error:
    print(f"skipped: {error} (Debian: python3-jsonschema, python3-yaml)")
    sys.exit(77)


class CoreLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML 1.2 core schema, as the loader reads it: on, yes and 1:30 are texts."""


CoreLoader.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("null", r"^(|~|null|Null|NULL)$", ["~", "n", "N", ""]),
    ("bool", r"^(true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^[-+]?[0-9]+$", list("-+0123456789")),
    ("float", r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", list("-+0123456789.")),
    ("merge", r"^<<$", ["<"]),
]:
    CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), first)

REFUSED = {
    "an unknown key": {"runbook": "a", "titel": "x", "steps": [{"run": "date"}]},
    "no steps": {"runbook": "a"},
    "no kind": {"runbook": "a", "steps": [{"title": "x"}]},
    "two kinds": {"runbook": "a", "steps": [{"run": "date", "note": "x"}]},
    "an unknown key of a step": {"runbook": "a", "steps": [{"run": "date", "timout": "5s"}]},
    "an unknown key of a kind": {"runbook": "a", "steps": [{"http": {"url": "x", "metod": "GET"}}]},
    "a duration without a unit": {"runbook": "a", "steps": [{"run": "date", "timeout": 90}]},
    "a wrong word": {"runbook": "a", "steps": [{"run": "date", "on_interrupt": "panic"}]},
    "a bad identifier": {"runbook": "Not An Id", "steps": [{"run": "date"}]},
}


def runbooks(root):
    """Every runbook of the project that is meant to be right."""
    for folder in ["runbooks", "examples", "tests/books", "tests/live"]:
        for path in sorted((root / folder).rglob("*.yaml")):
            document = yaml.load(path.read_text(), CoreLoader)
            if isinstance(document, dict) and "runbook" in document and "steps" in document:
                yield path, document


REFUSED_SCENARIOS = {
    "no scenarios": {"runbook": "a.yaml"},
    "a scenario without a name": {"scenarios": [{"expect": {"status": "failed"}}]},
    "an unknown ending": {"scenarios": [{"name": "x", "mocks": {"a": "explode"}}]},
    "an offset before the start": {"scenarios": [{"name": "x", "people": [{"at": "-5m", "ack": "ana"}]}]},
    "a status no run ends with": {"scenarios": [{"name": "x", "expect": {"status": "waiting"}}]},
    "an unknown expectation": {"scenarios": [{"name": "x", "expect": {"stauts": "failed"}}]},
}


def scenario_files(root):
    """Every file of scenarios of the project."""
    for path in sorted(path for folder in ["runbooks", "examples", "tests"] for path in (root / folder).rglob("*.test.yaml")):
        yield path, yaml.load(path.read_text(), CoreLoader)


def check(program, what, documents, refused):
    """How many of the documents do not fit the schema, or of the refused ones do."""
    schema = json.loads(subprocess.run([program, "schema", what], check=True, capture_output=True).stdout)
    validator = jsonschema.Draft202012Validator(schema)
    jsonschema.Draft202012Validator.check_schema(schema)
    failed = seen = 0
    for path, document in documents:
        seen += 1
        for error in validator.iter_errors(document):
            failed += 1
            print(f"{path}: {'/'.join(map(str, error.path))}: {error.message[:200]}")
    for name, document in refused.items():
        if validator.is_valid(document):
            failed += 1
            print(f"the schema of a {what} accepts {name}")
    if not seen:
        failed += 1
        print(f"no {what} was found")
    print(f"{what}: {seen} files, {failed} problems")
    return failed


def main(program, root):
    failed = check(program, "runbook", runbooks(root), REFUSED)
    failed += check(program, "scenario", scenario_files(root), REFUSED_SCENARIOS)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], pathlib.Path(sys.argv[2])))
