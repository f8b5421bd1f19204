"""Which programs may go on from a process that has the frameworks loaded."""

from __future__ import annotations

import pytest

from harness.run.pristine import unwanted, why_afresh


@pytest.mark.parametrize(
    "text",
    [
        "import tensorflow as tf",
        "from keras.layers import Dense",
        "import numpy as np\n\ndef build():\n    from tensorflow import keras\n",
        "import keras\nimport matplotlib.pyplot as plt",  # which leaves no trace in Keras
        "import os, keras\nprint(os.getcwd())",
    ],
)
def test_programs_that_import_a_framework_may(text: str) -> None:
    assert why_afresh(text, "tensorflow") == ""


@pytest.mark.parametrize(
    ("text", "backend", "reason"),
    [
        ("import keras", "jax", "its backend is jax"),
        ("print('keras')", "tensorflow", "it imports no framework"),
        ("from . import keras", "tensorflow", "it imports no framework"),
        ("", "tensorflow", "it imports no framework"),
        ("import keras\nimport sklearn", "tensorflow", "it names sklearn"),
        ("import keras, pandas as pd", "tensorflow", "it names pandas"),
        ("import os\nos.environ['TF_XLA_FLAGS'] = ''\nimport keras", "tensorflow", "environment"),
        ("import keras\nimport os as o\no.environ.setdefault('XLA_FLAGS', '')", "tensorflow", "environment"),
        ("from os import environ\nimport tensorflow", "tensorflow", "environment"),
        ("import os\nos.putenv('TF_DETERMINISTIC_OPS', '1')\nimport keras", "tensorflow", "environment"),
    ],
)
def test_programs_that_need_a_process_of_their_own_say_why(text: str, backend: str, reason: str) -> None:
    assert reason in why_afresh(text, backend)


def test_only_what_a_program_names_or_runs_on_is_wanted() -> None:
    assert unwanted("import keras, pandas", "torch") == ("sklearn", "matplotlib", "jax")


def test_with_scikit_learn_nothing_is_hidden() -> None:
    # SciPy's array checks look for torch among the loaded modules, and met the None that hides it.
    assert unwanted("import keras\nfrom sklearn.model_selection import KFold", "tensorflow") == ()
