"""Programs in old spelling run to their end once mended, and the repairs say what was changed."""

from __future__ import annotations

import pytest

from tests.run.repairs._mending import mend

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.mark.parametrize(
    ("program", "rule", "before", "after"),
    [
        (
            "from keras.layers.core import Dense, Dropout",
            "removed-module",
            "from keras.layers.core import Dense, Dropout",
            "from keras.layers import Dense, Dropout",
        ),
        (
            "from tensorflow.keras.layers.advanced_activations import LeakyReLU",
            "removed-module",
            "from tensorflow.keras.layers.advanced_activations import LeakyReLU",
            "from tensorflow.keras.layers import LeakyReLU",
        ),
        (
            "from keras.layers import Dense, Deconv2D as Up",
            "removed-attribute",
            "from keras.layers import Dense, Deconv2D as Up",
            "from keras.layers import Dense, Conv2DTranspose as Up",
        ),
        (
            "from keras.models import Sequential, Dense",
            "wrong-module",
            "from keras.models import Sequential, Dense",
            "from keras.models import Sequential\nfrom keras.layers import Dense",
        ),
        ("import cPickle as pickle", "removed-module", "import cPickle as pickle", "import pickle"),
        (
            "import keras\nx = keras.layers.AveragePooling2D(strides=2)(keras.Input((8, 8, 1)))",
            "pool-size-left-out",
            "keras.layers.AveragePooling2D(strides=2)",
            "keras.layers.AveragePooling2D(strides=2, pool_size=2)",
        ),
        ("from itertools import izip", "removed-attribute", "from itertools import izip", "izip = zip"),
        ("zeros = np.zeros(3)", "missing-import", "", "import numpy as np"),
        ("import numpy as np\nx = np.product([2])", "removed-attribute", "np.product", "np.prod"),
        ("import numpy as np\nx = np.zeros(2, np.float)", "removed-attribute", "np.float", "float"),
        (
            "import tensorflow as tf\nx = tf.random_normal((2,))",
            "removed-attribute",
            "tf.random_normal",
            "tf.random.normal",
        ),
        (
            "from keras import backend as K\nx = K.mean([1.0])",
            "removed-attribute",
            "K.mean",
            "ops.mean",
        ),
        (
            "from keras.layers import Convolution2D\nlayer = Convolution2D(8, nb_row=3, nb_col=5, name='c')\n"
            "assert layer.kernel_size == (3, 5)",
            "removed-argument",
            "Convolution2D(8, nb_row=3, nb_col=5, name='c')",
            "Convolution2D(8, name='c', kernel_size=(3, 5))",
        ),
        (
            "from keras.layers import PReLU\nlayer = PReLU(init='zeros')",
            "removed-argument",
            "init='zeros'",
            "alpha_initializer='zeros'",
        ),
        (
            "import keras\n"
            "m = keras.Sequential([keras.layers.Dense(1), keras.layers.Activation('sigmoid')])\n"
            "p = m.predict_classes(__import__('numpy').zeros((2, 3)))",
            "removed-attribute",
            "m.predict_classes(__import__('numpy').zeros((2, 3)))",
            "(m.predict(__import__('numpy').zeros((2, 3))) > 0.5).astype('int32')",
        ),
        (
            "from tensorflow.python.keras.utils import to_categorical",
            "wrong-module",
            "from tensorflow.python.keras.utils import to_categorical",
            "from tensorflow.keras.utils import to_categorical",
        ),
        (
            "import keras\nx = keras.random.normal((2,), std=3.0)",
            "unknown-argument",
            "std=3.0",
            "stddev=3.0",
        ),
        (
            "import keras\na, b = keras.Input((2,)), keras.Input((2,))\nlayer = keras.layers.Dense(1)\n"
            "x, y = layer(a), layer(b)\nassert layer.get_output_at(1) is y",
            "removed-attribute",
            "layer.get_output_at(1)",
            "layer._inbound_nodes[1].outputs[0]",
        ),
        (
            "from keras.layers import Layer\nlayer = Layer()\nlayer.trainable_weights = [1]",
            "removed-attribute",
            "layer.trainable_weights = [1]",
            "",
        ),
        (
            "from keras import backend as K\nK.set_image_dim_ordering('tf')",
            "removed-attribute",
            "K.set_image_dim_ordering('tf')",
            "K.set_image_data_format('channels_last')",
        ),
        (
            "from keras import backend as K\nsize = 9\n"
            "if size and K.image_dim_ordering() == 'tf':\n    size = 3\nassert size == 3",
            "removed-attribute",
            "K.image_dim_ordering() == 'tf'",
            "K.image_data_format() == 'channels_last'",
        ),
        (
            "from keras.optimizers import Adam\nopt = Adam(lr=0.1)",
            "removed-argument",
            "lr=0.1",
            "learning_rate=0.1",
        ),
        (
            "from keras.optimizers import Adam\nopt = Adam(0.1, beta1=.5)",
            "unknown-argument",
            "beta1=.5",
            "beta_1=.5",
        ),
        (
            "from keras.layers import Conv2D\nlayer = Conv2D(3, (3, 3), border_mode='same')",
            "removed-argument",
            "border_mode='same'",
            "padding='same'",
        ),
        (
            "from keras.layers import Conv2D\nlayer = Conv2D(3, (3, 3), dim_ordering='th')",
            "removed-argument",
            "dim_ordering='th'",
            "data_format='channels_first'",
        ),
        (
            "import keras\nm = keras.Sequential([keras.Input((3,))])\n"
            "m.compile('sgd', 'mse', class_mode='binary')",
            "removed-argument",
            ", class_mode='binary'",
            "",
        ),
        (
            "import keras\nm = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])\nx = m.input",
            "removed-attribute",
            "m.input",
            "m.inputs[0]",
        ),
        (
            "import numpy as np\nimport keras\n"
            "m = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])\n"
            "p = m.predict_classes(np.zeros((2, 3)))",
            "removed-attribute",
            "m.predict_classes(np.zeros((2, 3)))",
            "(m.predict(np.zeros((2, 3))) > 0.5).astype('int32')",
        ),
        (
            "def build_critic():\n    return 3\n\nx = critic + 1",
            "undefined-name",
            "",
            "critic = build_critic()",
        ),
        (
            "import numpy as np\nfrom keras.layers import Dense\nlayer = Dense(np.prod((4, 7)), name='d')",
            "units-not-an-integer",
            "np.prod((4, 7))",
            "int(np.prod((4, 7)))",
        ),
        (
            "import numpy as np\nfrom keras.layers import Embedding\n"
            "layer = Embedding(np.max([3, 9]) + 1, 4, name='words')",
            "units-not-an-integer",
            "np.max([3, 9]) + 1",
            "int(np.max([3, 9]) + 1)",
        ),
        (
            "from keras.layers import Embedding, Flatten\nsize = 8\n"
            "layer = Flatten()(Embedding(10, size / 2)(__import__('keras').Input((3,))))",
            "units-not-an-integer",
            "size / 2",
            "int(size / 2)",
        ),
        (
            "from keras.layers import LSTM\nfrom keras.models import Sequential\nm = Sequential()\n"
            "m.add(LSTM(4, batch_input_shape=(1, 3, 2), stateful=True))\nm.build()",
            "removed-argument",
            "m.add(LSTM(4, batch_input_shape=(1, 3, 2), stateful=True))",
            "m.add(Input(batch_shape=(1, 3, 2)))\nm.add(LSTM(4, stateful=True))",
        ),
        (
            "import keras\nm = keras.Sequential([\n    keras.layers.LSTM(\n        4, stateful=True, "
            "input_shape=(3, 2), batch_size=1)])\nassert m.input_shape == (1, 3, 2)",
            "removed-argument",
            "m = keras.Sequential([\n    keras.layers.LSTM(\n        4, stateful=True, "
            "input_shape=(3, 2), batch_size=1)])",
            "m = keras.Sequential([\n    keras.Input(batch_shape=(1, 3, 2)), keras.layers.LSTM(\n        4, "
            "stateful=True)])",
        ),
        (
            "from keras.engine import Input, Model",
            "removed-module",
            "from keras.engine import Input, Model",
            "from keras.layers import Input\nfrom keras.models import Model",
        ),
        ("loss = 0.5\ntext = f'{loss[0]:.2f}'", "unsubscriptable-loss", "loss[0]", "loss"),
        (
            "from keras import layers\nx = layers.Conv2D(4, 3, activation='LeakyReLU')",
            "activation-not-known",
            "'LeakyReLU'",
            "'leaky_relu'",
        ),
        (
            "from keras import layers\nx = layers.Dense(4, activation='softmx')",
            "activation-not-known",
            "'softmx'",
            "'softmax'",
        ),
        ("from keras import Input\nn = 4\nx = Input(shape=n)", "shape-not-a-tuple", "n", "(n,)"),
        (
            "import keras\nm = keras.Sequential([keras.Input((4,)), keras.layers.Flatten])",
            "class-not-called",
            "keras.layers.Flatten",
            "keras.layers.Flatten()",
        ),
        (
            "import keras\nopt = keras.optimizers.Adam\nw = [keras.Variable(1.0)]\n"
            "opt.apply_gradients(zip([keras.ops.ones(())], w))",
            "class-not-called",
            "opt",
            "opt()",
        ),
        ("from keras import Input\nn = 4\nx = Input(shape=(n))", "shape-not-a-tuple", "(n)", "(n,)"),
        ("from keras import Input\nx = Input(4)", "shape-not-a-tuple", "4", "(4,)"),
        ("history = {'accuracy': [1]}\nx = history['acc']", "renamed-history-key", "['acc']", "['accuracy']"),
        (
            "history = {'val_mae': [1]}\nx = history['val_mean_absolute_error']",
            "renamed-history-key",
            "['val_mean_absolute_error']",
            "['val_mae']",
        ),
    ],
)
def test_one_repair(program: str, rule: str, before: str, after: str) -> None:
    mended = mend(program)
    assert not mended.faults
    assert [(p.rule, p.before, p.after) for p in mended.proposals] == [(rule, before, after)]
