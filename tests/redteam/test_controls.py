"""Control 51: what honest programs need works inside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.model import Limits
from tests.redteam.conftest import Attack

pytestmark = pytest.mark.redteam

_FRAMEWORK = """
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import numpy as np
    import tensorflow as tf
    import keras
    x, y = np.ones((64, 4), "float32"), np.ones((64, 1), "float32")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    history = model.fit(tf.data.Dataset.from_tensor_slices((x, y)).batch(8).prefetch(2), epochs=2, verbose=0)
    model.save("model.keras")
    same = np.array_equal(keras.models.load_model("model.keras")(x), model(x))

    @tf.function
    def doubled(value):
        if tf.reduce_sum(value) > 0:  # AutoGraph rewrites this, from the source file
            return value * 2
        return value

    try:
        tf.ones((2**16, 2**15))
        refused = None
    except tf.errors.ResourceExhaustedError as error:
        refused = type(error).__name__
    answer([len(history.history["loss"]), bool(same), float(doubled(tf.constant(3.0))), refused])
"""


@pytest.mark.slow
def test_51_training_saving_and_loading_work(ask: Callable[..., Any], scratch: Path) -> None:
    lines = [line.removeprefix("    ") for line in _FRAMEWORK.splitlines()]
    (scratch / "program.py").write_text(
        "import json, os\nanswer = lambda v: print(json.dumps(v))\n" + "\n".join(lines)
    )
    found = ask("import runpy; runpy.run_path('program.py')", limits=Limits(wall_seconds=90))
    assert found == [2, True, 6.0, "ResourceExhaustedError"]  # 8 GiB are more than a run may have


def test_51_processes_and_shared_memory_work(attack: Attack, scratch: Path) -> None:
    (scratch / "program.py").write_text("""
import multiprocessing, subprocess, tempfile, threading
from multiprocessing.shared_memory import SharedMemory

def square(value):
    return value * value

if __name__ == "__main__":
    for method in ("fork", "spawn"):
        with multiprocessing.get_context(method).Pool(2) as pool:
            assert pool.map(square, range(5)) == [0, 1, 4, 9, 16]
    block = SharedMemory(create=True, size=1 << 20)
    block.buf[7] = 42
    other = SharedMemory(name=block.name)
    assert other.buf[7] == 42
    other.close()
    block.close()
    block.unlink()
    assert subprocess.run(["echo", "hello"], capture_output=True, check=True).stdout == b"hello\\n"
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"x")
    queue = multiprocessing.Queue()
    queue.put(1)
    assert queue.get(timeout=10) == 1
    worker = multiprocessing.Process(target=threading.Event().wait)
    worker.start()
    worker.terminate()
    worker.join()
    print("all work")
""")
    outcome = attack("import subprocess; sys.exit(subprocess.run([sys.executable, 'program.py']).returncode)")
    assert outcome.stdout == b"all work\n", outcome.stderr.decode()


def test_51_asyncio_and_links_in_scratch_work(ask: Callable[..., Any]) -> None:
    found = ask("""
        import asyncio, shutil
        async def wait():
            await asyncio.sleep(0)
            return "waited"
        os.makedirs("a/b")
        open("a/b/file", "w").write("text")
        os.symlink("b/file", "a/link")
        os.rename("a/b/file", "a/moved")
        os.link("a/moved", "a/hard")
        shutil.copy2("a/moved", "copy")
        shutil.copytree("a", "c", symlinks=True)
        answer([asyncio.run(wait()), open("copy").read(), sorted(os.listdir("c"))])
    """)
    assert found == ["waited", "text", ["b", "hard", "link", "moved"]]


def test_51_input_environment_and_readable_paths_arrive(ask: Callable[..., Any], tmp_path: Path) -> None:
    shown = tmp_path / "shown"
    shown.mkdir()
    (shown / "data.txt").write_text("data")
    text = "line\n" * 50_000  # more than a pipe holds
    found = ask(
        f"""
        text = open({str(shown / "data.txt")!r}).read()
        answer([len(sys.stdin.read()), os.environ["GIVEN"], text, os.getcwd()])
        """,
        stdin=text.encode(),
        environment={"GIVEN": "value"},
        readable=[shown],
    )
    assert found == [len(text), "value", "data", str(tmp_path / "scratch")]
