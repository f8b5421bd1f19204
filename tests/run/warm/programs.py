"""Small programs that train in many ways: each sets its seeds, so its weights depend on nothing else."""

PRELUDE = """
import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

x = np.random.default_rng(3).normal(size=(96, 12)).astype("float32")
y = (x[:, :1] > 0).astype("float32")
images = np.random.default_rng(4).uniform(-1, 1, (48, 8, 8, 1)).astype("float32")

def begin():
    keras.backend.clear_session()
    keras.utils.set_random_seed(7)

def told(name, *things):
    arrays = []
    for thing in things:
        arrays += thing.get_weights() if hasattr(thing, "get_weights") else [np.asarray(thing)]
    assert arrays
    print(name, hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest())

def dense(*widths, last=None):
    inner = [layers.Dense(width, activation="relu") for width in widths[:-1]]
    return keras.Sequential([keras.Input((12,)), *inner, layers.Dense(widths[-1], activation=last)])
"""

_FIT = "model.fit(x, y, epochs=2, batch_size=16, verbose=0); told(NAME, model)"
_TAPE = """
model = dense(16, 1); optimizer = keras.optimizers.Adam(1e-2)
MARK
def step(batch, target):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(batch, training=True) - target) ** 2)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
for start in range(0, 96, 16):
    step(tf.constant(x[start:start + 16]), tf.constant(y[start:start + 16]))
told(NAME, model)
"""
_GAN = """
g = keras.Sequential([keras.Input((4,)), layers.Dense(16), layers.LeakyReLU()])
g.add(layers.Dense(12, activation="tanh"))
d = dense(16, 1, last="sigmoid"); z = keras.Input((4,)); gan = keras.Model(z, d(g(z)))
d.compile("adam", "binary_crossentropy"); d.trainable = False; gan.compile("adam", "binary_crossentropy")
for _ in range(4):
    noise = np.random.normal(size=(16, 4)); d.trainable = True
    d.train_on_batch(x[:16], np.ones((16, 1)))
    d.train_on_batch(g.predict(noise, verbose=0), np.zeros((16, 1))); d.trainable = False
    gan.train_on_batch(noise, np.ones((16, 1)))
told(NAME, g, d)
"""
_CUSTOM = """
class Halver(keras.Model):
    def __init__(self):
        super().__init__(); self.inner = dense(8, 1)
    def call(self, inputs):
        return self.inner(inputs)
    def train_step(self, data):
        inputs, target = data
        with tf.GradientTape() as tape:
            loss = 0.5 * keras.ops.mean((self(inputs, training=True) - target) ** 2)
        weights = self.trainable_weights
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        return {"loss": loss}
model = Halver(); model.compile(keras.optimizers.SGD(0.1))
model.fit(x, y, epochs=2, verbose=0); told(NAME, model)
"""
_LOOP = """
@tf.function
def collatz(value):
    steps = 0
    while value != 1:  # AutoGraph reads the source of this
        value = value // 2 if value % 2 == 0 else 3 * value + 1
        steps += 1
    return steps
told(NAME, collatz(tf.constant(27)))
"""
_KEPT = """
model = dense(8, 1); model.compile("adam", "mse"); model.fit(x, y, epochs=1, verbose=0)
model.save("kept.keras"); again = keras.models.load_model("kept.keras")
again.fit(x, y, epochs=1, verbose=0); told(NAME, again)
"""
_DATA = """
model = dense(8, 1); model.compile("adam", "mse")
pairs = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(96, seed=1).batch(16).prefetch(2)
model.fit(pairs, epochs=2, verbose=0); told(NAME, model)
"""
_CONVOLUTION = """
model = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(4, 3), layers.BatchNormalization()])
for layer in (layers.ReLU(), layers.MaxPooling2D(), layers.Flatten(), layers.Dropout(0.3), layers.Dense(1)):
    model.add(layer)
model.compile("rmsprop", "mse"); model.fit(images, y[:48], epochs=2, verbose=0); told(NAME, model)
"""
_TRANSPOSED = """
model = keras.Sequential([keras.Input((12,)), layers.Dense(32), layers.Reshape((4, 4, 2)),
    layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="tanh")])
model.compile("adam", "mse"); model.fit(x[:48], images, epochs=2, verbose=0); told(NAME, model)
"""
_SEQUENCE = """
model = keras.Sequential([keras.Input((3, 4)), layers.KIND(6), layers.Dense(1)]); model.compile("adam", "mse")
model.fit(x.reshape(96, 3, 4), y, epochs=1, verbose=0); told(NAME, model)
"""

PROGRAMS = {
    "fit": f"model = dense(16, 1, last='sigmoid'); model.compile('adam', 'binary_crossentropy'); {_FIT}",
    "sgd": f"model = dense(1); model.compile(keras.optimizers.SGD(0.1, 0.9), 'mse'); {_FIT}",
    "xla fit": f"model = dense(8, 1); model.compile('adam', 'mse', jit_compile=True); {_FIT}",
    "eager fit": f"model = dense(8, 1); model.compile('adam', 'mse', run_eagerly=True); {_FIT}",
    "many steps": f"model = dense(8, 1); model.compile('adam', 'mse', steps_per_execution=3); {_FIT}",
    "softmax": """model = dense(8, 3, last='softmax')
model.compile('adam', 'sparse_categorical_crossentropy')
model.fit(x, np.arange(96) % 3, validation_split=0.25, verbose=0); told(NAME, model)""",
    "eager tape": _TAPE.replace("MARK", ""),
    "function": _TAPE.replace("MARK", "@tf.function"),
    "xla function": _TAPE.replace("MARK", "@tf.function(jit_compile=True)"),
    "classic gan": _GAN,
    "custom step": _CUSTOM,
    "autograph": _LOOP,
    "saved": _KEPT,
    "pipeline": _DATA,
    "convolution": _CONVOLUTION,
    "transposed": _TRANSPOSED,
    "lstm": _SEQUENCE.replace("KIND", "LSTM"),
    "gru": _SEQUENCE.replace("KIND", "GRU"),
    "numpy": """a = np.random.normal(size=(64, 64))
told(NAME, a @ a, *np.linalg.svd(a), np.fft.fft2(a).view(float))""",
    "random": "told(NAME, tf.random.normal((8,)), keras.random.uniform((8,)), np.random.rand(8))",
    "linear algebra": """a = tf.random.normal((24, 24))
told(NAME, tf.linalg.qr(a)[0], tf.linalg.inv(a), tf.nn.softmax(a))""",
    "embedding": """model = keras.Sequential([keras.Input((5,)), layers.Embedding(9, 4), layers.Flatten()])
model.add(layers.Dense(1)); model.compile('adam', 'mse')
model.fit(np.arange(480).reshape(96, 5) % 9, y, verbose=0); told(NAME, model)""",
    "mixed precision": """keras.mixed_precision.set_global_policy('mixed_bfloat16')
model = dense(8, 1); model.compile('adam', 'mse'); model.fit(x, y, verbose=0); told(NAME, model)
keras.mixed_precision.set_global_policy('float32')""",
}


def body(name: str) -> str:
    """One program; several may follow one prelude."""
    return "begin()\n" + PROGRAMS[name].strip().replace("NAME", repr(name)) + "\n"
