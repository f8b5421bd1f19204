"""What runs in a fork of a warm process comes to what it comes to in a process of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing

import pytest

from harness.model import Article, Budget, Call, Fault, FrameworkLoaded, Limits, Listing, Sandbox, Trace
from harness.run import parent
from harness.run.parent import Job, run
from harness.sandbox import choose
from harness.sandbox.warm import WarmSandbox, open_warm
from tests.run.warm.programs import PRELUDE, PROGRAMS, body

# The machine may be busy, and time is not what these tests are about.
_JOB = Job(budget=Budget(Limits(wall_seconds=600, cpu_seconds=600)))


@pytest.fixture(scope="module")
def cold() -> Sandbox:
    return choose()


@pytest.fixture(scope="module")
def warm(cold: Sandbox) -> Iterator[WarmSandbox]:
    opened = open_warm(cold, parent.COMMAND, parent.watched_environment("tensorflow"), parent.readable(Job()))
    with closing(opened):
        yield opened


def trace(text: str, sandbox: Sandbox) -> Trace:
    article = Article("script.py", hashlib.sha256(text.encode()).hexdigest(), text, "script")
    found = run(Listing(article, (), text), _JOB, sandbox)
    assert found.completed, (found.reason, found.outcome.stderr.decode()[-2000:])
    assert not [event for event in found.events if isinstance(event, Fault)]
    return found


@pytest.fixture(scope="module")
def weights(cold: Sandbox) -> dict[str, str]:
    """The digests of all programs' weights, from one process of their own."""
    text = PRELUDE + "".join(map(body, PROGRAMS))
    lines = trace(text, cold).outcome.stdout.decode().splitlines()
    return dict(line.rsplit(" ", 1) for line in lines)


def test_the_programs_are_many_and_differ(weights: dict[str, str]) -> None:
    assert weights.keys() == PROGRAMS.keys()
    assert len(PROGRAMS) >= 20
    # The same step, eager and traced, may round alike; a program that printed nothing of its own may not.
    assert len(set(weights.values())) >= len(PROGRAMS) - 3


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_weights_are_the_same_bit_for_bit(name: str, warm: WarmSandbox, weights: dict[str, str]) -> None:
    said = trace(PRELUDE + body(name), warm).outcome.stdout.decode()
    assert said == f"{name} {weights[name]}\n"


@pytest.mark.slow
@pytest.mark.parametrize("first", ["import tensorflow as tf", "from keras import layers"])
def test_traces_are_the_same_event_by_event(first: str, warm: WarmSandbox, cold: Sandbox) -> None:
    # Without seeds of its own: what the harness seeds, and when, must be the same as well.
    text = f"""
import random, sys
import numpy as np
print([name for name in sys.modules if name.startswith(("tensorflow", "keras"))])
print(random.random(), np.random.rand())
{first}
import keras, os, warnings
print(random.random(), np.random.rand(), np.random.default_rng().random(), os.getpid(), os.getppid())
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dropout(0.5)])
model.add(keras.layers.Dense(1))
model.compile("adam", "mse")
for _ in range(50):
    model.train_on_batch(np.random.rand(8, 4), np.ones((8, 1)))
warnings.warn("the same")
print([weight.sum() for weight in model.get_weights()], model.name)
print(sorted(name for name in sys.modules if name.partition(".")[0] not in sys.stdlib_module_names))
print(sorted((key, value) for key, value in os.environ.items() if key != "HOME"))
print(sorted(os.listdir(".")), open(".keras/keras.json").read(), keras.config.backend())
print([str(item) for item in warnings.filters])
print(sys.argv[0] == __file__, len(sys.path), sys.flags, [type(one).__name__ for one in sys.meta_path])
print(os.listdir("/proc/self/fd"), os.uname().nodename, len(os.listdir("/tmp")), os.getcwd() == sys.path[0])
"""
    ours, theirs = trace(text, warm), trace(text, cold)
    assert ours.outcome.stdout.decode().splitlines() == theirs.outcome.stdout.decode().splitlines()
    assert ours.events == theirs.events
    assert any(isinstance(event, FrameworkLoaded) for event in ours.events)
    assert any(isinstance(event, Call) and event.trains for event in ours.events)


def test_nothing_of_a_run_is_left_for_the_next(warm: WarmSandbox) -> None:
    leave = """
import builtins, keras, os, sys, tempfile, numpy as np
keras.trace = builtins.trace = sys.trace = np.trace_left = 1
keras.config.set_floatx("float64")
os.environ["LEFT"] = "1"
for folder in (".", "/tmp", "/dev/shm", os.path.expanduser("~/.keras")):
    open(os.path.join(folder, "left"), "w").close()
print("left")
"""
    look = """
import builtins, keras, os, sys, numpy as np
print(hasattr(keras, "trace"), hasattr(builtins, "trace"), hasattr(sys, "trace"), hasattr(np, "trace_left"))
print(keras.config.floatx(), "LEFT" in os.environ)
folders = (".", "/tmp", "/dev/shm", os.path.expanduser("~/.keras"))
print([os.path.exists(os.path.join(folder, "left")) for folder in folders])
"""
    assert trace(leave, warm).outcome.stdout == b"left\n"
    assert trace(look, warm).outcome.stdout.decode().splitlines() == [
        "False False False False",
        "float32 False",
        "[False, False, False, False]",
    ]


def test_a_run_shares_no_memory_with_the_warm_process(warm: WarmSandbox) -> None:
    text = """
import keras
kinds = [line.split()[1] for line in open("/proc/self/maps")]
print(len(kinds) > 500, [kind for kind in kinds if "w" in kind and "s" in kind])
"""
    assert trace(text, warm).outcome.stdout == b"True []\n"


def test_the_collector_does_not_go_through_frameworks_that_are_being_imported(
    warm: WarmSandbox, cold: Sandbox
) -> None:
    # TensorFlow makes half a million objects: unstopped, the collector runs hundreds of times meanwhile.
    text = "import gc\nimport keras\nprint(gc.isenabled(), gc.get_stats()[0]['collections'])\n"
    for sandbox in (warm, cold):
        enabled, collections = trace(text, sandbox).outcome.stdout.decode().split()
        assert enabled == "True"
        assert int(collections) < 300
