#!/usr/bin/env python3
"""The law of the rooms.

Reads the runbook_room(...) lines of engine/CMakeLists.txt and fails on an include they do not
allow, a third-party header in a second room, a cycle, a file or function that is too long, and
a banned function. Rooms, and what they may use, are declared there and nowhere else.
"""
import os
import re
import sys

# Which third-party headers belong to which room. jansson is everybody's value type, but only
# model/value.h names its header.
OWNERS = {
    r"sodium(/.*)?\.h": "base",
    r"nettle/.*\.h": "base",
    r"jansson\.h": "model",
    r"yaml\.h": "load",
    r"(lua5\.4/)?(lua|lauxlib|lualib)\.h": "script",
    r"libical/.*\.h": "oncall",
    r"sqlite3\.h": "journal",
    r"uv\.h": "io",
    r"curl/.*\.h": "io",
    r"microhttpd\.h": "web",
    r"cmark\.h": "report",
}
BANNED = {
    "strcpy": "text_puts or memcpy", "strcat": "text_puts", "sprintf": "snprintf or text_printf",
    "vsprintf": "vsnprintf", "gets": "fgets", "atoi": "strtol", "atol": "strtol", "atoll": "strtoll",
    "system": "process_start", "popen": "process_start", "strtok": "strcspn", "tmpnam": "mkstemp",
    "uv_spawn": "posix_spawn (uv_spawn forks)", "fork": "posix_spawn", "setjmp": "nothing",
}
# The one place where a banned function is what is wanted, and the file says why it is safe there.
ALLOWED = {("fork", "engine/cli/workers.c")}
CLOCKS = ("clock_wall_us", "clock_mono_us", "gettimeofday", "clock_gettime", "time", "random_u53", "random_base32",
          "rand", "getenv")
PURE = ("core", "script", "model", "load")
FILE_LINES = 800
FUNCTION_LINES = 80


def strip(text):
    """The code without comments and literals, line breaks kept."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0)) if match.group(0)[0] != '"' else '""'
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', blank, text, flags=re.S)


def rooms_of(root):
    rooms = {}
    with open(os.path.join(root, "engine/CMakeLists.txt")) as file:
        text = re.sub(r"#.*", "", file.read())
    for body in re.findall(r"runbook_room\(([^)]*)\)", text):
        words = body.split()
        uses, mode = [], None
        for word in words[1:]:
            if word in ("USES", "OWNS", "ASSETS"):
                mode = word
            elif mode == "USES":
                uses.append(word)
        rooms[words[0]] = uses
    return rooms


def sources_of(root, room):
    for folder, _, files in os.walk(os.path.join(root, "engine", room)):
        for name in sorted(files):
            if name.endswith((".c", ".h")):
                yield os.path.join(folder, name)


def check_order(rooms, problems):
    seen = []
    for room, uses in rooms.items():
        for used in uses:
            if used not in seen:
                problems.append(f"engine/CMakeLists.txt: room {room} uses {used}, which is not below it "
                                "(a cycle, or a line out of order)")
        seen.append(room)


def check_includes(room, uses, rooms, path, text, problems):
    for number, line in enumerate(text.split("\n"), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)', line)
        if not match:
            continue
        quote, name = match.groups()
        first = name.split("/")[0]
        if quote == '"' and first in rooms and first != room and first not in uses:
            problems.append(f"{path}:{number}: room {room} may not include \"{name}\": "
                            f"declare it in engine/CMakeLists.txt or move the code")
        if quote == '"' and room != "cli" and first == "cli":
            problems.append(f"{path}:{number}: nothing includes cli/")
        for pattern, owner in OWNERS.items():
            if re.fullmatch(pattern, name) and room != owner:
                problems.append(f"{path}:{number}: <{name}> belongs to room {owner}")


def check_words(room, path, code, problems):
    for number, line in enumerate(code.split("\n"), 1):
        for word in re.findall(r"(?<![\w.>])(\w+)\s*\(", line):
            if word in BANNED and (word, path) not in ALLOWED:
                problems.append(f"{path}:{number}: {word}() is banned; use {BANNED[word]}")
            if room in PURE and word in CLOCKS:
                problems.append(f"{path}:{number}: {word}() in {room}/, which is pure: time, randomness and the "
                                "environment arrive inside inputs")


def check_lengths(path, text, code, problems):
    lines = code.split("\n")
    if len(lines) > FILE_LINES:
        problems.append(f"{path}: {len(lines)} lines; over {FILE_LINES} a file is two nouns")
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start:
            if number - start > FUNCTION_LINES and " switch (" not in "\n".join(lines[start:number]):
                problems.append(f"{path}:{start}: a function of {number - start} lines; over {FUNCTION_LINES} "
                                "only a switch or a table")
            start = None


def check(root):
    problems = []
    rooms = rooms_of(root)
    check_order(rooms, problems)
    everything = dict(rooms, cli=list(rooms))
    for room, uses in everything.items():
        for full in sources_of(root, room):
            path = os.path.relpath(full, root)
            with open(full, encoding="utf-8") as file:
                text = file.read()
            code = strip(text)
            check_includes(room, uses, everything, path, text, problems)
            check_words(room, path, code, problems)
            check_lengths(path, text, code, problems)
    return problems


def self_test(root):
    """A check that cannot fail is none: each rule must see its offence."""
    rooms = {"base": [], "model": ["base"], "core": ["model"], "io": ["base"], "cli": []}
    cases = [
        ("core", '#include "io/loop.h"\n', "may not include"),
        ("core", "#include <uv.h>\n", "belongs to room io"),
        ("io", "\nint f(void)\n{\n    return system(x);\n}\n", "system() is banned"),
        ("core", "\nint f(void)\n{\n    return clock_wall_us();\n}\n", "which is pure"),
        ("io", "void f(void)\n{\n" + "    x();\n" * 90 + "}\n", "a function of"),
        ("io", "x\n" * 900, "two nouns"),
    ]
    failed = 0
    for room, text, expected in cases:
        problems = []
        check_includes(room, rooms[room], rooms, "x.c", text, problems)
        check_words(room, "x.c", strip(text), problems)
        check_lengths("x.c", text, strip(text), problems)
        if not any(expected in problem for problem in problems):
            print(f"not seen: {expected!r} in {problems}")
            failed += 1
    problems = []
    check_order({"a": ["b"], "b": []}, problems)
    failed += not problems
    return failed


def main():
    if sys.argv[1] == "--self-test":
        sys.exit(1 if self_test(sys.argv[2]) else 0)
    problems = check(sys.argv[1])
    print("\n".join(problems) or "the rooms keep the law")
    sys.exit(1 if problems else 0)


main()
