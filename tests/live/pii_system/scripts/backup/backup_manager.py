"""stats: how many backups there are, and how large."""

import pathlib

files = list(pathlib.Path("../../backups").glob("*.tar.gz"))
print(f"{len(files)} backups, {sum(file.stat().st_size for file in files)} bytes")
