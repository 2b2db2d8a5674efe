"""Stand-ins for the programs of a runner that need a network: pip notes, gh and curl serve what a folder holds."""

from __future__ import annotations

import sys
from pathlib import Path

PYTHON = """#!/bin/sh
# `python -m pip install` is written down and not done; everything else is done.
if [ "$1" = "-I" ]; then shift; alone=-I; fi
if [ "$1 $2 $3" = "-m pip install" ]; then echo "$@" >> "{state}/installed"; exit 0; fi
if [ "$1 $2" = "-m venv" ]; then exit 0; fi
exec "{python}" $alone "$@"
"""
GH = '''#!{python}
"""The part of gh that our workflows use, over a folder: runs, artifacts/ID and comments.json."""
import json, os, re, shutil, subprocess, sys
from pathlib import Path

state, words = Path("{state}"), sys.argv[1:]
with (state / "calls").open("a") as calls:
    calls.write(" ".join(words) + "\\n")


def after(flag):
    return words[words.index(flag) + 1] if flag in words else ""


def selected(listed, program):
    if shutil.which("jq"):
        return subprocess.check_output(["jq", "-r", program], input=json.dumps(listed), text=True)
    if "artifacts" in listed:
        name = os.environ.get("ARTIFACT")
        kept = [item for item in listed["artifacts"] if name in (None, item["name"]) and not item["expired"]]
        return "".join(str(item["id"]) + "\\n" for item in kept)
    ours = [item for item in listed if item["user"]["login"] == "github-actions[bot]"]
    if "split" in program:
        held = "<!-- of " + os.environ["ARTIFACT"] + " -->" if "ARTIFACT" in program else ""
        fit = [item["body"] for item in ours if item["body"].startswith("<!-- fairwitness ") and held in item["body"]]
        return "".join(body.partition("\\n")[0] + "\\n" for body in fit)
    return "".join(str(item["id"]) + "\\n" for item in ours if item["body"].startswith(os.environ["MARK"]))


if words[:2] == ["run", "list"]:
    print((state / "runs").read_text(), end="")
elif words[:2] == ["run", "download"]:
    kept = state / "artifacts" / words[2] / after("--name")
    if not kept.is_dir() or (state / "unfetchable").exists():
        sys.exit("HTTP 502: server error")
    shutil.copytree(kept, after("--dir"))
elif words[0] == "api" and "/actions/runs/" in " ".join(words):
    number = re.search(r"/runs/(\\d+)/artifacts", " ".join(words))[1]
    named = re.search(r"[?]name=([\\w-]+)", " ".join(words))
    kept = sorted((state / "artifacts" / number).glob(named[1] if named else "*"))
    listed = [{{"id": 1, "name": path.name, "expired": (path / "expired").exists()}} for path in kept]
    print(selected({{"artifacts": listed}}, after("--jq")), end="")
elif words[0] == "api":
    file = state / "comments.json"
    comments = json.loads(file.read_text()) if file.exists() else []
    path = next(word for word in words[1:] if word.startswith("repos/"))
    if "--jq" in words:
        print(selected(comments, after("--jq")), end="")
        sys.exit()
    field, _, source = after("-F").partition("=@")
    body = Path(source).read_text()
    if after("--method") == "PATCH":
        number = int(path.rpartition("/")[2])
        next(item for item in comments if item["id"] == number)[field] = body
    else:
        user = {{"login": "github-actions[bot]"}}
        comments.append({{"id": 100 + len(comments), "user": user, field: body}})
    file.write_text(json.dumps(comments))
else:
    sys.exit("gh: " + " ".join(words))
'''
CURL = """#!/bin/sh
# Serves what lies in the folder, under the last word of the address before its question mark.
for word in "$@"; do
  case "$last" in --output) output=$word ;; esac
  last=$word
done
echo "$@" >> "{state}/calls"
if [ -f "{state}/status" ]; then cat "{state}/status"; exit 0; fi
if [ -f "{state}/baseline.zip" ]; then cp "{state}/baseline.zip" "$output" && printf 200; else printf 404; fi
"""

FAIRWITNESS = """#!/bin/sh
# Writes down what it was called with; `run` ends with the code that lies in the folder, and leaves a document unless it
# is that of a mistake.
with="${{FAIRWITNESS_BASELINE:+ with $FAIRWITNESS_BASELINE}}${{FAIRWITNESS_BASELINE_OPTIONAL:+ if it fits}}"
with="$with${{FAIRWITNESS_NO_BASELINE:+ without: $FAIRWITNESS_NO_BASELINE}}"
case $1 in run) echo "$*$with" ;; *) echo "$*" ;; esac >> "{state}/commands"
case "$*" in
  run*)
    code=$(cat "{state}/code")
    if [ "$code" != 2 ]; then mkdir -p audit; echo "{{\\"outcome\\": \\"made up\\"}}" > audit/audit.json; fi
    exit "$code" ;;
  report*)
    : > audit/report.md
    echo "<!-- fairwitness $(cat "{state}/name" 2>/dev/null || echo mark) -->" > audit/report.comment.md ;;
esac
"""


def stand_in_for_us(folder: Path, state: Path, code: int) -> None:
    """A stand-in of `fairwitness` whose runs end with a code."""
    (state / "code").write_text(str(code))
    (folder / "fairwitness").write_text(FAIRWITNESS.format(state=state))
    (folder / "fairwitness").chmod(0o755)


def stand_ins(folder: Path, state: Path) -> list[Path]:
    """A folder of stand-ins, then that of the interpreter with the command `fairwitness`."""
    folder.mkdir()
    state.mkdir(exist_ok=True)
    for name, text in {"python": PYTHON, "python3": PYTHON, "gh": GH, "curl": CURL}.items():
        (folder / name).write_text(text.format(python=sys.executable, state=state))
        (folder / name).chmod(0o755)
    return [folder, Path(sys.executable).parent]
