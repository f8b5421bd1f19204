"""How lines of Python, of shell sessions, of output and of other languages look."""

from __future__ import annotations

import re


def _any_of(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{alternative})" for alternative in alternatives))


SHEBANG = re.compile(r"\s*#!\s*/(?:usr/)?bin/(?:env\s+)?(?:ba|z|da|k)?sh\b")

SHELL = _any_of(
    r"\s*\$\s+\S",
    r"\s*(?:sudo|apt|apt-get|brew|conda|mamba|pip3?|pipx|uv|poetry|npm|npx|yarn)\s+(?:-|[a-z])",
    r"\s*(?:git|docker|kubectl|curl|wget|mkdir|cd|ls|cp|mv|rm|chmod|unzip|tar|echo|cat)\s+[^=\s(]",
    r"\s*(?:source|export|virtualenv|nvidia-smi|jupyter|tensorboard|kaggle)\s+[^=\s(]",
    r"\s*python[\d.]*\s+(?:-\w|\S+\.py\b)",
    r"\s*(?:PS )?[A-Z]:\\.*>",
)

OUTPUT = _any_of(
    r"\s*Traceback \(most recent call last\)",
    r'\s*File ".*", line \d+',
    r"\s*[\w.]*(?:Error|Exception|Warning): ",
    r"\s*(?:Epoch|Step|Iteration|Batch|epoch|step|iteration|batch) \[?\d",
    r"\s*\d+/\d+\s*(?:\[|━|-|\d|$)",
    r'\s*Model: "',
    r"\s*Layer \(type\)",
    r"\s*(?:Total|Trainable|Non-trainable|Optimizer) params",
    r"\s*[_=+\-*~─━═]{6,}",
    r"\s*[|│┃┏┡└├┌╒╞╘]",
    r"\s*\d{4}-\d\d-\d\d[ T]\d\d:",
    r"\s*\[?(?:INFO|WARNING|ERROR|DEBUG)\b",
    r"\s*Out ?\[\d",
    r"\s*(?:Collecting|Downloading|Requirement already|Successfully installed)\s",
    r"\s*<[\w. ]+ (?:object )?at 0x",
    r"\s*(?:tf\.Tensor|tensor|array|Array)\([\[\d]",
    r"\s*\d+(?:\.\d+)?%(?:\||\s|$)",
    r"\s*(?:[A-Z][\w ]*|\w*loss|\w*acc\w*):\s+-?\d",
    r"[\s\[(]*-?\d[\d.e+\-]*(?:[\s,]+-?\d[\d.e+\-]*)*[\s\]),]*$",
)

PYTHON_HEADER = _any_of(
    r"\s*(?:async\s+)?def\s+\w+\s*\(.*[^;{]$",
    r"\s*class\s+\w+\s*(?:\(.*\))?\s*:",
    r"\s*for\s+\(?\w+(?:\s*,\s*\(?\w+\)?)*\s+in\s+[^;{]+:\s*(?:#.*)?$",
    r"\s*(?:if|elif|while|with)\s+[^;{]+:\s*(?:#.*)?$",
    r"\s*(?:else|try|finally|except\b[^;{]*)\s*:\s*(?:#.*)?$",
    r"\s*from\s+[\w.]+\s+import\s+[\w(*]",
)

PYTHON = _any_of(
    r"\s*import\s+[A-Za-z_][\w.]*(?:\s+as\s+\w+)?(?:\s*,\s*[\w.]+(?:\s+as\s+\w+)?)*\s*(?:#.*)?$",
    r"\s*for\s+\w+(?:\s*,\s*\w+)*\s+in\s+(?:range|enumerate|zip|[a-z_]\w*[.(\[])",
    r"\s*@[\w.]+",
    r"\s*print\s*[(\"'\w]",
    # An assignment to names, attributes or items, or a call.
    r"\s*[A-Za-z_][\w.]*(?:\[[^\]]*\])?(?:\s*,\s*[A-Za-z_]\w*)*\s*(?:[-+*/]|//|\*\*)?=(?![=>])[^;{]*(?:\{[^;]*)?$",
    r"\s*\(?[A-Za-z_]\w*(?:\s*,\s*[A-Za-z_(]\w*)+\)?.*=\s*[A-Za-z_(\[]",
    r"\s*[A-Za-z_][\w.]*\([^;{]*$",
    r"\s*(?:return|raise|assert|del|global|yield|pass|break|continue)\b[^;]*$",
)

FOREIGN = _any_of(
    r";\s*$",
    r"^\s*(?://|/\*|\*/|<!|</\w+>|<(?:html|head|body|div|p|a|span|img|table|script|style|svg)\b|--\s|\\[a-zA-Z]+)",
    r"^\s*(?:const|let|var|val|fun|func|fn|auto|void|int|double|float|char|public|private|static|local|my|use)\s+\w",
    r"^\s*(?:function\b|#include|#define|using\s|namespace\s|package\s|template\s*<|library\(|require\b)",
    r"^\s*(?:SELECT|INSERT|CREATE|UPDATE|DELETE|RUN|CMD|COPY|WORKDIR|ENTRYPOINT)\s|^\s*FROM\s+\S+:\S",
    r"^\s*(?:end|fi|done|then|do|esac)\s*$",
    r"^\s*(?:graph\s+(?:TD|LR|TB)|flowchart\s|sequenceDiagram|@startuml|digraph\s)",
    r"^\s*(?:---\s*$|\+\+\+\s|diff\s|[├└│])",
    r'^\s*"[^"]+"\s*:\s*["{\[\d]',
    r"^\s*-\s+\w",
    r"^\s*[A-Za-z_][\w\-]*:(?:\s+[^\s=(][^=(]*)?$",
    r"\s<-\s|:=|=>|\)\s*\{\s*$|%>%|\$\{|-->|\s&&\s|\s\|\|\s|::\w",
)

BIBTEX = re.compile(r"^\s*@[A-Za-z]+\s*\{")
INI_SECTION = re.compile(r"^\s*\[[A-Za-z][\w .\-\"]*\]\s*$")
WORD = re.compile(r"[A-Za-z][A-Za-z'\u2019\-]*[,.;:!?]?(?=\s|$)")
