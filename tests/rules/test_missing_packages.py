"""Modules, names and packages that are gone, absent or misspelt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model import BlockKind, Severity
from harness.rules._judge import judge
from harness.rules._mended import LEFT
from tests.rules._traces import (
    evidence,
    fault,
    matches,
)


def test_a_module_without_a_successor_is_reported_without_a_repair() -> None:
    found = evidence(
        "import tensorflow.contrib",
        fault("ModuleNotFoundError", "No module named 'tensorflow.contrib'", name="tensorflow.contrib"),
    )
    (match,) = matches("removed-module", found)
    assert match.message == f"`tensorflow.contrib` is gone since TensorFlow 2.0, without a successor: {LEFT}."
    assert not matches("unknown-package", found)


def test_an_attribute_without_a_successor_is_reported_without_a_repair() -> None:
    message = "module 'tensorflow' has no attribute 'contrib'"
    (match,) = matches("removed-attribute", evidence("tf.contrib", fault("AttributeError", message)))
    assert match.message == f"`tensorflow.contrib` is gone since TensorFlow 2.0, without a successor: {LEFT}."


@pytest.mark.parametrize(
    ("module", "said"),
    [
        (
            "keras.premade",
            f"`keras.premade` is gone since Keras 2.9, without a successor: {LEFT}.",
        ),
        (
            "tensorflow.keras.premade",
            "`tensorflow.keras.premade` never existed (plain Keras had `keras.premade` before Keras 2.9), "
            f"without a successor: {LEFT}.",
        ),
        (
            "tensorflow.keras.applications.regnet",
            f"`tensorflow.keras.applications.regnet` is gone since Keras 3.0, without a successor: {LEFT}.",
        ),
    ],
)
def test_a_module_that_only_plain_keras_had_is_not_called_gone_from_tensorflow(
    module: str, said: str
) -> None:
    found = evidence(
        f"import {module}", fault("ModuleNotFoundError", f"No module named '{module}'", name=module)
    )
    (match,) = matches("removed-module", found)
    assert match.message == said


@pytest.mark.parametrize(
    ("text", "type", "message", "path"),
    [
        (
            "t = pd.read_csv('data/prices.csv')",
            "FileNotFoundError",
            "[Errno 2] No such file or directory: 'data/prices.csv'",
            "data/prices.csv",
        ),
        ("t = np.loadtxt('a.txt')", "FileNotFoundError", "a.txt not found.", "a.txt"),
        ("d = from_folder('images')", "NotFoundError", "Could not find directory images", "images"),
        (
            "m.load_weights('vgg.h5')",
            "FileNotFoundError",
            "[Errno 2] Unable to open file (unable to open file: name = 'vgg.h5', errno = 2, flags = 0)",
            "vgg.h5",
        ),
        (
            "m = load_model('best.keras')",
            "ValueError",
            "File not found: filepath=best.keras. Please ensure the file is an accessible `.keras` zip file.",
            "best.keras",
        ),
    ],
)
def test_a_file_that_the_article_does_not_bring_is_a_note(
    text: str, type: str, message: str, path: str
) -> None:
    found = evidence(f"{text}\n{text}", fault(type, message), fault(type, message, line=2))
    (match,) = matches("needs-file", found)
    assert (match.line, match.evidence["path"]) == (1, path)
    told = {finding.rule: finding.severity for finding in judge(found)}
    assert told["needs-file"] == "note"
    assert "uncaught-exception" not in told


def test_a_name_that_went_with_its_module_is_said_to_have_no_successor() -> None:
    # Python names the first parent that is missing, not what was asked for.
    text = "from keras.engine.training import slice_X"
    absent = fault("ModuleNotFoundError", "No module named 'keras.engine'", name="keras.engine", source=text)
    (match,) = matches("removed-module", evidence(text, absent))
    assert match.message == (
        f"`keras.engine.training` is gone since Keras 2.13, and `slice_X` has no successor: {LEFT}."
    )


def test_a_name_that_only_plain_keras_had_is_not_called_gone_from_tensorflow() -> None:
    message = "module 'tensorflow.keras.utils' has no attribute 'print_summary'"
    (match,) = matches("removed-attribute", evidence("u.print_summary()", fault("AttributeError", message)))
    assert match.message == (
        "`tensorflow.keras.utils.print_summary` never existed (plain Keras had `keras.utils.print_summary` "
        f"before Keras 2.4), without a successor: {LEFT}."
    )


def test_a_package_that_is_merely_absent_is_a_note_and_a_misspelt_one_an_error() -> None:
    absent = fault("ModuleNotFoundError", "No module named 'seaborn'", name="seaborn")
    found = evidence("import seaborn\nseaborn.set()", absent)
    assert matches("package-not-installed", found)
    assert not matches("unknown-package", found)
    misspelt = fault("ModuleNotFoundError", "No module named 'tensorflwo'", name="tensorflwo")
    (match,) = matches("unknown-package", evidence("import tensorflwo", misspelt))
    assert match.message == "No package `tensorflwo` is installed. Did you mean `tensorflow`?"


def test_an_absent_package_is_told_once_however_many_lines_import_from_it() -> None:
    absent = fault("ModuleNotFoundError", "No module named 'torch'", name="torch")
    lost = fault("NameError", "name 'nn' is not defined", line=4, name="nn", follows=1)
    found = evidence(
        "import torch\nimport torch.nn as nn\nimport cv2\nnn.Linear(torch.pi, cv2.x)",
        absent,
        replace(absent, line=2, end_line=2),
        fault("ModuleNotFoundError", "No module named 'cv2'", line=3, name="cv2"),
        lost,
    )
    told = [(one.rule, one.line, one.consequences) for one in judge(found)]
    assert told == [("package-not-installed", 1, (2, 4)), ("package-not-installed", 3, ())]


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("import seaborn", ["unused-import"]),
        ("from seaborn import set, heatmap", ["unused-import"]),
        ("import seaborn\nseaborn.set()", ["package-not-installed"]),
        # What is needed of it was not checked; what is not needed is another matter.
        ("from seaborn import set, heatmap\nheatmap(1)", ["package-not-installed", "unused-import"]),
    ],
)
def test_an_absent_package_that_nothing_uses_is_one_note_and_not_two(text: str, rules: list[str]) -> None:
    absent = fault("ModuleNotFoundError", "No module named 'seaborn'", name="seaborn")
    found = judge(evidence(text, absent))
    assert [(finding.rule, finding.line) for finding in found] == [(rule, 1) for rule in rules]


def test_a_package_that_a_library_asks_for_is_none_of_the_article_s_faults() -> None:
    wanted = "You must install pydot (`pip install pydot`) for `plot_model` to work."
    found = evidence("keras.utils.plot_model(model)", fault("ImportError", wanted, line=1))
    findings = {finding.rule: finding for finding in judge(found)}
    assert "uncaught-exception" not in findings
    assert findings["package-not-installed"].severity is Severity.NOTE
    assert findings["package-not-installed"].evidence["package"] == "pydot"


@pytest.mark.parametrize("package", ["mtcnn", "d2l", "tensorflow_examples", "mediapipe"])
def test_a_package_that_tutorials_use_is_not_called_unknown(package: str) -> None:
    absent = fault("ModuleNotFoundError", f"No module named '{package}'", line=1, name=package)
    found = evidence(f"import {package}\n{package}.use()", absent)
    assert not matches("unknown-package", found)
    assert matches("package-not-installed", found)


def test_a_module_that_a_cell_writes_is_no_unknown_package() -> None:
    missing = fault("ModuleNotFoundError", "No module named 'own_layers'", name="own_layers", line=3)
    found = evidence("\n\nfrom own_layers import Scale\nprint(Scale)", missing)
    assert matches("unknown-package", found)
    cell = replace(
        found.listing.blocks[0], kind=BlockKind.OTHER, source="%%writefile src/own_layers.py\nx = 1\n"
    )
    found = replace(found, listing=replace(found.listing, blocks=(cell,)))
    assert not matches("unknown-package", found)
    (match,) = matches("package-not-installed", found)
    assert match.message.startswith("`own_layers` is a file that the cell of line 1 writes.")
