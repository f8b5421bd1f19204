"""Faults and repairs, told in the article's lines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.model import BrokenLine, Fix, Repair
from harness.rules import get
from harness.rules._evidence import Match
from harness.rules._judge import judge
from harness.rules.uncaught_exception import readable
from tests.rules._traces import (
    evidence,
    fault,
    matches,
    noticed,
    repair,
)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("plain", "plain"),
        (
            "\x1b[1mInput 0\x1b[0m is wrong\n\nArguments received by Dense.call():\n  • inputs=1",
            "Input 0 is wrong",
        ),
        ("Exception encountered when calling Sequential.call().\n\nbad shape", "bad shape"),
        (
            "Could not automatically infer the output shape / dtype of 'log' (of type Log). Either the "
            "`Log.call()` method is incorrect, or ... method. Error encountered:\n\nNo such method.",
            "No such method.",
        ),
        ("a\nb\t c\x00d", "a b c d"),
        ("No such file: /home/someone/data/x.csv", "No such file: x.csv"),
        ("x" * 400, "x" * 299 + "…"),
        ("", ""),
        (
            "mixed: [<tf.Tensor: shape=(2,), dtype=float32, numpy=\narray([0.3, 0.1],\n  dtype=float32)>, 3]",
            "mixed: [<tf.Tensor: shape=(2,), dtype=float32>, 3]",
        ),
        ("See https://www.site.org/api/dtypes.", "See https://www.site.org/api/dtypes."),
    ],
)
def test_an_exceptions_message_is_made_readable(message: str, text: str) -> None:
    assert readable(message) == text


def test_every_unexplained_fault_is_reported_once_and_consequences_fold_under_it() -> None:
    found = evidence(
        "data = read()\nprint(data)",
        fault("OSError", "no", line=1),
        fault("NameError", "name 'data' is not defined", line=2, name="data", follows=0),
    )
    (finding,) = [f for f in judge(found) if f.rule == "uncaught-exception"]
    assert (finding.line, finding.message, finding.consequences) == (1, "This raises OSError: no", (2,))


def test_a_statement_that_fails_alike_in_several_calls_is_told_once() -> None:
    texts = ["indices[1] = 51 is not in [0, 40)", "indices[8] = 40 is not in [0, 40)", "no such table"]
    found = evidence("look(x)", *(fault("InvalidArgumentError", text) for text in texts))
    told = matches("uncaught-exception", found)
    assert [match.explains for match in told] == [(0, 1), (2,)]


def test_the_call_that_fails_elsewhere_is_the_first_of_what_cannot_run() -> None:
    found = evidence(
        "net = build(\n    196)\nscore = net.score(x)\nprint(score)",
        fault("ValueError", "expected 784, got 196", line=3),
        fault("NameError", "name 'score' is not defined", line=4, name="score", follows=0),
    )
    at_its_cause = replace(
        get("uncaught-exception"), find=lambda _: [Match(1, "", end_line=2, explains=(0,))]
    )
    (finding,) = judge(found, [at_its_cause])
    assert finding.consequences == (3, 4)


def test_the_part_of_a_statement_that_is_wrong_does_not_have_the_statement_fail_elsewhere() -> None:
    found = evidence(
        "model = Sequential([\n    Dense(3),\n    Dense(4, init='uniform'),\n])\nprint(model)",
        fault("TypeError", "no init", line=1, end_line=4),
        fault("NameError", "name 'model' is not defined", line=5, name="model", follows=0),
    )
    in_its_part = replace(get("uncaught-exception"), find=lambda _: [Match(3, "", explains=(0,))])
    (finding,) = judge(found, [in_its_part])
    assert finding.consequences == (5,)


def test_a_statement_inside_a_loop_is_not_the_loop() -> None:
    found = evidence("for x in rows():\n    use(x)", fault("TypeError", "no", line=2))
    at_the_loop = replace(get("uncaught-exception"), find=lambda _: [Match(1, "", explains=(0,))])
    (finding,) = judge(found, [at_the_loop])
    assert finding.consequences == (2,)


def test_a_repair_is_placed_at_the_line_of_its_text() -> None:
    found = evidence(
        "model = Sequential([\n    Dense(3),\n    Dense(4, init='uniform'),\n])",
        fault("ValueError", "no", line=1, end_line=4, repaired=True),
        repair(
            "removed-argument",
            "init='uniform'",
            "kernel_initializer='uniform'",
            line=1,
            end_line=4,
            argument="init",
            replacement="kernel_initializer",
            removed_in="Keras 2.0",
            callable="Dense",
        ),
    )
    (match,) = matches("removed-argument", found)
    assert (match.line, match.end_line, match.explains) == (3, 3, (0,))
    assert match.fix == Fix("init='uniform'", "kernel_initializer='uniform'")
    assert match.message == "`Dense` takes no `init` since Keras 2.0: it is called `kernel_initializer` now."


def test_more_than_a_new_name_is_said_and_no_fix_offered() -> None:
    found = evidence(
        "model.fit(batches, samples_per_epoch=320)",
        fault("TypeError", "no", repaired=True),
        repair(
            "removed-argument",
            "samples_per_epoch=320",
            "steps_per_epoch=320",
            argument="samples_per_epoch",
            replacement="steps_per_epoch",
            removed_in="Keras 2.0",
            callable="fit",
            remark="It counts batches",
        ),
    )
    (match,) = matches("removed-argument", found)
    assert match.fix is None
    assert match.message.endswith("it is called `steps_per_epoch` now. It counts batches.")


def test_an_argument_that_is_ignored_is_not_called_refused() -> None:
    found = evidence(
        "load_data(nb_words=5)",
        fault("TypeError", "no", repaired=True),
        repair(
            "removed-argument",
            "nb_words=5",
            "num_words=5",
            argument="nb_words",
            replacement="num_words",
            removed_in="Keras 3.0",
            callable="load_data",
            ignored=True,
        ),
    )
    (match,) = matches("removed-argument", found)
    assert match.message == (
        "`load_data` ignores `nb_words` since Keras 3.0, and does not say so: it is called `num_words` now."
    )


def test_the_text_of_a_second_repair_is_shown_as_the_article_prints_it() -> None:
    found = evidence(
        "gan = Model(g.input, d.output)",
        fault("AttributeError", "no", repaired=True),
        repair(
            "removed-attribute",
            "d.output",
            "d.outputs[0]",
            old="Model.output",
            replacement="outputs[0]",
            removed_in="",
        ),
        fault("ValueError", "is not connected to `inputs`", repaired=True),
        repair("graph-disconnected", "d.outputs[0]", "d(g.outputs[0])", fault=2, output="d", reached="g"),
    )
    (match,) = matches("graph-disconnected", found)
    assert match.fix == Fix("d.output", "d(g.outputs[0])")


def test_names_that_an_import_had_to_leave_out_are_its_own_consequences() -> None:
    found = evidence(
        "from keras.layers import Dense, Fancy\nx = Fancy(1)",
        fault("ImportError", "cannot import name 'Fancy'", repaired=True),
        repair(
            "wrong-module",
            "from keras.layers import Dense, Fancy",
            "from keras.layers import Dense",
            old="keras.layers.Fancy",
            replacement="",
            removed_in="",
            dropped=["Fancy"],
        ),
        fault("NameError", "name 'Fancy' is not defined", line=2, name="Fancy"),
    )
    rules = [finding.rule for finding in judge(found) if finding.severity == "error"]
    assert rules == ["wrong-module"]


def test_an_exit_of_the_last_statement_is_not_said_to_come_before_the_rest() -> None:
    leaves = replace(fault("SystemExit", "3", line=2), statement=1)
    text = "import sys\nsys.exit(3)\nprint(1)"
    (early,) = matches("early-exit", evidence(text, leaves))
    assert early.message.startswith("The program ends here, before the rest of the article's code")
    last = evidence(text.removesuffix("\nprint(1)"), leaves)
    (failed,) = matches("early-exit", last)
    assert failed.message == (
        "The last statement ends the program as one that has failed: take it out, or exit with status 0."
    )


@pytest.mark.parametrize(
    ("warning", "line", "argument"),
    [
        ("Argument `alpha` is deprecated. Use `negative_slope` instead.", "LeakyReLU(alpha=0.2)", "alpha"),
        ("Argument `decay` is no longer supported and will be ignored.", "Adam(decay=0.1)", "decay"),
        (
            "Argument `input_length` is deprecated. Just remove it.",
            "Embedding(input_length=3)",
            "input_length",
        ),
        (
            "Do not pass an `input_shape`/`input_dim` argument to a layer.",
            "Dense(3, input_dim=2)",
            "input_dim",
        ),
    ],
)
def test_warnings_of_keras_become_notes(warning: str, line: str, argument: str) -> None:
    (match,) = matches("deprecated-argument", evidence(line, noticed("UserWarning", warning)))
    assert match.evidence == {"argument": argument}


def test_other_warnings_are_no_finding() -> None:
    assert not matches("deprecated-argument", evidence("f()", noticed("UserWarning", "something else")))


def test_what_fails_for_want_of_a_line_that_is_no_python_is_a_consequence_of_that() -> None:
    text = (
        "def build():\n"
        "    model = Sequential()\n"
        "\n"
        "    model.add(UpSampling2D())\n"
        "    other.add(UpSampling2D())\n"
        "    return model\n"
        "model.add(UpSampling2D())\n"
    )
    words = "expected ndim=4, found ndim=2. Full shape received: (None, 6272)"
    failed = [fault("ValueError", words, line=n, source=text.splitlines()[n - 1].strip()) for n in (4, 5, 7)]
    whole = evidence(text, *failed)
    broken = BrokenLine(3, 3, 1, "    model.add(Reshape((7, 7, 128))", "'(' was never closed")
    found = judge(replace(whole, listing=replace(whole.listing, broken=(broken,))))
    rules = {"syntax-error", "input-shape-mismatch"}
    told = [(f.rule, f.line, f.consequences) for f in found if f.rule in rules]
    # The others are of another model, or of another function's.
    assert told == [
        ("syntax-error", 3, (4,)),
        ("input-shape-mismatch", 5, ()),
        ("input-shape-mismatch", 7, ()),
    ]


def test_a_placeholder_for_a_value_is_told_where_it_stands_and_once() -> None:
    words = "'ellipsis' object has no attribute 'layers'"
    found = evidence(
        "model = ...\nx = 1\nout = model.layers\nfirst = model.input\nrun(...)\nalso = other.layers",
        fault("AttributeError", words, line=3),
        fault("AttributeError", words, line=4),
        fault("ValueError", "Unrecognized data type: x=Ellipsis", line=5),
        fault("AttributeError", words, line=6),
    )
    first, second = matches("placeholder-in-code", found)
    assert (first.line, len(first.explains), first.evidence["source"]) == (1, 2, "model = ...")
    assert (second.line, len(second.explains), second.evidence["source"]) == (5, 1, "run(...)")
    assert not matches("placeholder-in-code", evidence("model = ...\nsize = rows[..., 0]"))


def test_a_second_removal_is_placed_in_the_statement_as_it_was_printed() -> None:
    def removed(before: str, name: str, end: int) -> Repair:
        told: dict[str, Any] = {"argument": name, "replacement": "", "removed_in": "", "callable": "Board"}
        return repair("removed-argument", before, "", line=1, end_line=end, **told)

    found = evidence(
        "board = Board(size=3,\n    names=['a'],\n    folder='x',\n    data=x)",
        fault("TypeError", "no", line=1, end_line=4, repaired=True),
        removed("names=['a'],\n    ", "names", 4),
        fault("TypeError", "no", line=1, end_line=3, repaired=True),
        removed(",\n    data=x", "data", 3),
    )
    lines = [(match.line, match.end_line) for match in matches("removed-argument", found)]
    assert lines == [(2, 3), (3, 4)]
