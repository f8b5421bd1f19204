"""Every import line of the table works, and the right Keras package is offered."""

from __future__ import annotations

import importlib.util

import pytest

from harness.knowledge.imports import import_for, uses_tensorflow_keras, well_known
from harness.knowledge.packages import is_known
from harness.run.repairs._source import exists

TABLE = well_known()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", TABLE.keras)
def test_a_keras_name_is_where_the_table_says(name: str) -> None:
    module = TABLE.keras[name]
    assert exists(f"{module}.{name}")
    assert exists(f"tensorflow.{module}.{name}")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("line", [*TABLE.modules.values(), *TABLE.names.values()])
def test_an_import_line_works_where_its_package_is_installed(line: str) -> None:
    package = line.split()[1].partition(".")[0]
    assert is_known(package)
    if importlib.util.find_spec(package) is not None:
        exec(line, {})  # noqa: S102 - a line of our own table


@pytest.mark.parametrize(
    ("program", "tensorflow"),
    [
        ("from keras.layers import Dense", False),
        ("import keras", False),
        ("from tensorflow.keras.layers import Dense", True),
        ("from tensorflow import keras", True),
        ("import tensorflow as tf\nmodel = tf.keras.Sequential()", True),
        ("import tensorflow as tf", False),
        ("from keras.layers import Dense\nfrom tensorflow.keras.models import Model", False),
    ],
)
def test_which_keras_a_program_uses(program: str, tensorflow: bool) -> None:
    assert uses_tensorflow_keras(program) is tensorflow


@pytest.mark.parametrize(
    ("name", "program", "called", "line"),
    [
        (
            "Activation",
            "from tensorflow.keras.layers import Dense",
            True,
            "from tensorflow.keras.layers import Activation",
        ),
        ("Activation", "from keras.layers import Dense", True, "from keras.layers import Activation"),
        ("layers", "from tensorflow import keras", False, "from tensorflow.keras import layers"),
        ("keras", "import tensorflow as tf\nx = tf.keras", False, "from tensorflow import keras"),
        ("keras", "", False, "import keras"),
        (
            "K",
            "from tensorflow.keras.models import Model",
            False,
            "from tensorflow.keras import backend as K",
        ),
        ("np", "", False, "import numpy as np"),
        ("time", "", False, "import time"),
        ("time", "", True, "from time import time"),
        ("DeepConvGAN", "", True, None),
    ],
)
def test_the_import_that_a_program_needs(name: str, program: str, called: bool, line: str | None) -> None:
    assert import_for(name, program, called=called) == line
