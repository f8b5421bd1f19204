"""Names: what is reported, where, and which good programs must be left alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model import BrokenLine, Fix
from harness.rules._evidence import Evidence
from harness.rules._judge import judge
from tests.rules._traces import evidence, fault, listing, matches, repair


@pytest.mark.parametrize(
    "program",
    [
        "from keras.layers import *\nx = Dense(1)",
        "def f(a, *b, c=1, **d):\n    return a, b, c, d",
        "x = [i for i in range(3) for j in range(i)]\ny = {k: v for k, v in zip(x, x)}",
        "def f():\n    global counter\n    counter = 1\n\nf()\nprint(counter)",
        "def outer():\n    z = 1\n    def inner():\n        return z\n    return inner",
        "class A:\n    size = 3\n    def area(self):\n        return self.size",
        "try:\n    xrange\nexcept NameError:\n    xrange = range",
        "try:\n    import cv2\nexcept ImportError:\n    cv2 = None\nprint(cv2)",
        "with open('f') as handle:\n    print(handle)",
        "for i in range(3):\n    pass\nprint(i)",
        "if (n := len('abc')) > 2:\n    print(n)",
        "print([y := 1, y ** 2], [last := v for v in 'ab'], last)",
        "try:\n    pass\nexcept ValueError as error:\n    print(error)",
        "print(__name__, __file__)\ndisplay(1)",
        "f = lambda x, y=2: x + y",
        "exec('a = 1')\nprint(a)",
        "def train():\n    return step()\n\ndef step():\n    return 1",
        "match 3:\n    case int(n):\n        print(n)\n    case [first, *rest]:\n        print(first, rest)",
    ],
)
def test_names_that_are_bound_are_not_reported(program: str) -> None:
    found = evidence(program)
    assert not matches("undefined-name", found)
    assert not matches("missing-import", found)


def test_an_undefined_name_is_reported_once_at_its_first_use() -> None:
    found = evidence("def f():\n    return gan.predict(1)\n\ngan.fit(2)\ngan.fit(3)")
    (match,) = matches("undefined-name", found)
    assert match.line == 2
    assert match.message == (
        "`gan` is used here and defined nowhere in the article. "
        "Define it before, or show where it comes from."
    )


def test_the_function_that_would_make_the_missing_thing_is_named() -> None:
    found = evidence("def build_critic():\n    return 1\n\nprint(critic)")
    (match,) = matches("undefined-name", found)
    assert "`build_critic()` of line 1 may be meant to make it" in match.message


def test_a_misspelt_name_is_offered_its_neighbour() -> None:
    (match,) = matches("undefined-name", evidence("generator = 1\nprint(genrator)"))
    assert match.message.endswith("Did you mean `generator`?")


def test_a_name_of_the_same_statement_is_not_offered() -> None:
    (match,) = matches("undefined-name", evidence("y_train = 1\nx_train, y_train = y_train, train"))
    assert match.message.endswith("Define it before, or show where it comes from.")


def test_what_a_notebook_s_kernel_binds_is_not_undefined_there() -> None:
    raised = fault("NameError", "name 'display' is not defined", name="display")
    script = evidence("x = 1\ndisplay(x)", raised)
    assert [finding.rule for finding in judge(script)] == ["undefined-name"]
    article = replace(script.listing.article, kind="notebook")
    notebook = replace(script, listing=replace(script.listing, article=article))
    assert list(judge(notebook)) == []


@pytest.mark.parametrize(
    ("command", "known"),
    [
        ("files = !ls data", True),
        ("other, files = %sx ls", True),
        ("%%capture --no-stderr files", True),
        ("!ls files", False),
        ("%timeit files", False),
    ],
)
def test_a_name_that_a_notebook_s_command_binds_is_not_undefined(command: str, known: bool) -> None:
    raised = fault("NameError", "name 'files' is not defined", name="files", line=2)
    script = evidence("\nprint(files)", raised)
    printed = replace(script.listing.blocks[0], source=f"{command}\nprint(files)\n")
    notebook = replace(script, listing=replace(script.listing, blocks=(printed,)))
    assert [finding.rule for finding in judge(notebook)] == ([] if known else ["undefined-name"])


def test_an_import_that_comes_too_late_is_told() -> None:
    missing = repair("missing-import", "", "import numpy as np", name="np")
    text = "print(np.pi)\n\nimport numpy as np\nprint(np.e)"
    (match,) = matches("missing-import", evidence(text, missing))
    assert match.message == "`np` is used here and imported only in line 3: move that up."


def test_a_missing_import_explains_every_fault_with_its_name() -> None:
    found = evidence(
        "from tensorflow.keras.layers import Dense\nx = np.zeros(3)\ny = Dense(1)\nz = Activation('relu')",
        fault("NameError", "name 'np' is not defined", line=2, name="np", repaired=True),
        repair("missing-import", "", "import numpy as np", line=2, fault=0, name="np"),
        fault("ValueError", "in user code:\n    NameError: name 'np' is not defined", line=3),
    )
    first, second = matches("missing-import", found)
    assert (first.line, first.fix, first.explains) == (2, Fix("", "import numpy as np"), (0, 2))
    assert (second.line, second.fix) == (4, Fix("", "from tensorflow.keras.layers import Activation"))
    assert not matches("undefined-name", found)


def test_a_name_that_is_bound_further_down_is_reported_by_the_run() -> None:
    found = evidence(
        "print(later)\nlater = 1", fault("NameError", "name 'later' is not defined", line=1, name="later")
    )
    (match,) = matches("undefined-name", found)
    assert match.message == "`later` is used here before line 2 binds it; move it up."


def test_a_name_that_no_article_line_holds_is_not_the_articles() -> None:
    found = evidence("import numpy", fault("NameError", "name 'secret' is not defined", name="secret"))
    assert not matches("undefined-name", found)


def test_words_of_a_broken_line_may_have_bound_anything() -> None:
    whole = listing("print(model)")
    broken = BrokenLine(1, 1, 1, "model = Sequential([", "'[' was never closed")
    found = Evidence(type(whole)(whole.article, whole.blocks, whole.text, (broken,)))
    assert not matches("undefined-name", found)


@pytest.mark.parametrize(
    ("program", "names"),
    [
        ("import os", [["os"]]),
        ("import os.path", []),
        ("from math import pi, tau\nprint(pi)", [["tau"]]),
        ("import numpy as np\nprint(np)", []),
        ("try:\n    import cv2\nexcept ImportError:\n    pass", []),
        ("from __future__ import annotations", []),
        ("import tensorflow as tf\nprint('tf')", [["tf"]]),
        ("from a import b\n__all__ = ['b']", []),
        ("import os as _os", []),
        ("def f():\n    import os\n    return os.sep", []),
    ],
)
def test_unused_imports(program: str, names: list[list[str]]) -> None:
    assert [match.evidence["names"] for match in matches("unused-import", evidence(program))] == names


LOAD = "(a, b), (c, d) = mnist.load_data()\n"


@pytest.mark.parametrize(
    ("rest", "names"),
    [
        ("print(a, b, c, d)", []),
        ("print(a)", [["b", "c", "d"]]),
        ("a = a / 255\nprint(b, c, d)", [["a"]]),
        ("a, c = a / 255, c / 255\nprint(a, b, d)", [["c"]]),
        ("c = a\nprint(b, c, d)", []),
        ("a /= 255\nprint(b, c, d)", [["a"]]),
        ("for x in a:\n    print(x, b, c, d)", []),
        ("def f():\n    return a, b, c, d", []),
    ],
)
def test_unused_data(rest: str, names: list[list[str]]) -> None:
    assert [match.evidence["names"] for match in matches("unused-data", evidence(LOAD + rest))] == names


def test_underscores_are_meant_to_be_unused() -> None:
    assert not matches("unused-data", evidence("(a, _), (_, _) = mnist.load_data()\nprint(a)"))
