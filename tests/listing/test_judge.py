"""Blocks without a telling tag are judged by their content, tagged ones by their tag."""

from __future__ import annotations

import pytest

from harness.listing import read_listing
from harness.listing.judge import judge
from harness.listing.tags import kind_of_tag, language_of
from harness.model import Article, BlockKind

BOUND = frozenset({"model", "x_train", "np", "tf"})

PYTHON = [
    "x_train = x_train / 255.0",
    "epochs = 10\nbatch_size = 64",
    "model.fit(x_train)",
    'print "hello"',
    "for i in range(10)\n    print(i)",
    "import numpy as np",
    "def f(x):\n    <your code>",
    "model = Sequential([\n  Dense(1),",
    "... // Define\nfrom keras import x\nmodel.compile()",
    "    def call(self, x):\n        return x",
    "with tf.GradientTape() as tape\n    loss = f(x)\ngrads = tape.gradient(loss, v)",
    "noise = np.random.normal(0, 1, (100, 100)\nfake = g.predict(noise)",
    "class G(nn.Module):\n    def __init__(self):\n        super().__init__()\n        ...",
    "(X_train, _), (X_test, _) = mnist.load_data(",
]
SHELL = [
    "pip install tensorflow",
    "$ python train.py --epochs 10\n$ ls",
    "# install\npip install numpy\npip install keras",
    "git clone https://example.org/y\ncd y\npython setup.py install",
    "python train.py",
    "#!/bin/bash\nls",
]
OUTPUT = [
    "Epoch 1/10\n1875/1875 [====] - 3s - loss: 0.3\nEpoch 2/10",
    "Traceback (most recent call last):\n  File \"x.py\", line 1\nNameError: name 'x' is not defined",
    'Model: "sequential"\n_______________\n Layer (type)  Output Shape\n===============\nTotal params: 5',
    "(60000, 28, 28)",
    "0.9832",
    "[[0. 1.]\n [1. 0.]]",
    "Test accuracy: 0.98",
    "Iteration 100: D loss 0.3, G loss 0.5",
    "tf.Tensor([1 2 3], shape=(3,), dtype=int32)",
]
OTHER = [
    "@misc{smith2020,\n  title={Networks},\n  author={Smith, A. and others},\n  year={2020},\n}",
    "",
    "hello",
    "# just a comment",
    "y = W * x + b",
    "L_D = -log(D(x)) - log(1 - D(G(z)))",
    "min_G max_D V(D, G) = E[log D(x)] + E[log(1 - D(G(z)))]",
    '{"a": 1, "b": [1, 2]}',
    "learning_rate: 0.001\nepochs: 10",
    "name: x\non: push\njobs:\n  test:\n    runs-on: ubuntu",
    "const x = 5;\nfunction f() {\n  return x;\n}",
    "x = 5;\ny = rand(10);\nplot(x, y);",
    "int main() {\n  return 0;\n}",
    "\\begin{equation}\nx = y\n\\end{equation}",
    "graph TD\nA-->B",
    "library(keras)\nmodel <- keras_model_sequential()",
    "[section]\nkey = 1",
    "numpy==1.19\nkeras==2.4",
    "for number of training iterations do\n  sample a minibatch of m noise samples\nend for",
    "Generator -> Discriminator -> Loss",
    "SELECT * FROM x",
    "<html>\n<body>\n</body>",
    "This is a plain quote from the paper about adversarial nets.",
]
CASES = {BlockKind.PYTHON: PYTHON, BlockKind.SHELL: SHELL, BlockKind.OUTPUT: OUTPUT, BlockKind.OTHER: OTHER}


@pytest.mark.parametrize(
    ("text", "kind"),
    [pytest.param(text, kind, id=text[:30]) for kind, texts in CASES.items() for text in texts],
)
def test_content_tells_the_kind(text: str, kind: BlockKind) -> None:
    assert judge(text.split("\n"), BOUND) is kind


def test_a_formula_is_code_where_the_article_binds_its_names() -> None:
    formula = ["y = W * x + b"]
    assert judge(formula, frozenset({"W", "x"})) is BlockKind.PYTHON
    assert judge(formula, frozenset()) is BlockKind.OTHER


@pytest.mark.parametrize(
    "info",
    [
        *("python", "Python", "py", "py3", "python3.11", "ipython3", "pycon", "lang-python", "train.py"),
        *(
            "{python}",
            "{python,echo=FALSE}",
            "{python, echo=FALSE}",
            "{.python .numberLines}",
            "{#id .python}",
        ),
        *(".python", "python:train.py", "python{1,3}", "python,linenos", 'python title="a.py"'),
        *("{code-cell}", "{code-cell} ipython3", "{code-block} python"),
    ],
)
def test_python_tags(info: str) -> None:
    assert kind_of_tag(info) is BlockKind.PYTHON


@pytest.mark.parametrize(
    ("info", "kind"),
    [
        ("", None),
        ("text", None),
        ("listing", None),
        ("{code-block}", None),
        ("bash", BlockKind.SHELL),
        ("console", BlockKind.SHELL),
        ("output", BlockKind.OUTPUT),
        ("json", BlockKind.OTHER),
        ("C++", BlockKind.OTHER),
        ("{r}", BlockKind.OTHER),
        ("{note}", BlockKind.OTHER),
        ("mermaid", BlockKind.OTHER),
        ("config.yaml", BlockKind.OTHER),
    ],
)
def test_other_tags(info: str, kind: BlockKind | None) -> None:
    assert kind_of_tag(info) is kind


def test_the_language_is_the_first_word_as_printed() -> None:
    assert [language_of(info) for info in ("", "Python title=x", "{.py .n}")] == ["", "Python", "{.py"]


def test_a_tag_outweighs_the_content() -> None:
    text = "```js\nx = 1\n```\n\n```python\nThis is prose, not code at all.\n```\n"
    listing = read_listing(Article("a.md", "", text, "markdown"))
    assert [block.kind for block in listing.blocks] == [BlockKind.OTHER, BlockKind.PYTHON]
    assert [place.line for place in listing.broken] == [6]
