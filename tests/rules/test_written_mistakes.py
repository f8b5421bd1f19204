"""Mistakes that the text alone shows: what is told of them, and what is like them and right."""

from __future__ import annotations

import pytest

from harness.model import Fix
from tests.rules._traces import evidence, fault, matches


def lines(rule: str, *code: str) -> list[int]:
    return [match.line for match in matches(rule, evidence("\n".join(code)))]


@pytest.mark.parametrize(
    ("call", "wrong"),
    [
        ("ModelCheckpoint('b.keras', monitor='val_accuracy', mode='min')", True),
        ("ModelCheckpoint('b.keras', 'val_auc', mode='min')", True),
        ("EarlyStopping(monitor='val_loss', mode='max')", True),
        ("EarlyStopping(mode='max')", True),  # watches val_loss
        ("ReduceLROnPlateau(monitor='mae', mode='max')", True),
        ("EarlyStopping(monitor='val_loss', mode='min')", False),
        ("ModelCheckpoint('b.keras', monitor='val_accuracy', mode='max')", False),
        ("ModelCheckpoint('b.keras', monitor='val_accuracy', mode='auto')", False),
        ("EarlyStopping(monitor='val_psnr', mode='max')", False),  # nothing tells which way is better
        ("Other(monitor='val_loss', mode='max')", False),
    ],
)
def test_the_mode_of_a_callback_is_held_against_its_metric(call: str, wrong: bool) -> None:
    assert bool(lines("monitor-mode-reversed", f"c = callbacks.{call}")) is wrong


def test_the_right_mode_is_proposed() -> None:
    (match,) = matches("monitor-mode-reversed", evidence('c = EarlyStopping(monitor="val_loss", mode="max")'))
    assert match.fix == Fix('mode="max"', 'mode="min"')


SCALED = ("s = StandardScaler()", "x_train = s.fit_transform(x_train)")


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ((*SCALED, "x_test = s.fit_transform(x_test)"), [3]),
        ((*SCALED, "x_val = StandardScaler().fit_transform(x_val)"), [3]),
        ((*SCALED, "x_test = s.transform(x_test)"), []),
        (("s = StandardScaler()", "x_test = s.fit_transform(x_test)"), []),  # nothing else was fitted
        ((*SCALED, "t = MinMaxScaler()", "y_test = t.fit_transform(y_test)"), []),
        (
            ("e = LabelEncoder()", "y_train = e.fit_transform(y_train)", "y_test = e.fit_transform(y_test)"),
            [],
        ),
        ((*SCALED, "other = s.fit_transform(other)"), []),
    ],
)
def test_scalers_that_are_fitted_on_what_is_held_back(code: tuple[str, ...], told: list[int]) -> None:
    assert lines("scaler-fitted-on-test-data", *code) == told


def test_the_fit_is_taken_out_of_the_scaling() -> None:
    code = "\n".join((*SCALED, "x_test = s.fit_transform(x_test)"))
    (match,) = matches("scaler-fitted-on-test-data", evidence(code))
    assert match.fix == Fix("s.fit_transform(", "s.transform(")


@pytest.mark.parametrize(
    ("names", "wrong"),
    [
        ("X_train, y_train, X_test, y_test", True),
        ("train_x, train_y, test_x, test_y", True),
        ("features, labels, test_features, test_labels", True),
        ("X_train, X_test, y_train, y_test", False),
        ("a, b, c, d", False),
    ],
)
def test_the_order_of_a_split(names: str, wrong: bool) -> None:
    assert bool(lines("split-unpacked-in-wrong-order", f"{names} = train_test_split(X, y)")) is wrong


def test_what_fails_because_of_a_wrong_order_is_explained_by_it() -> None:
    code = "X_train, y_train, X_test, y_test = train_test_split(X, y)\nm.fit(X_train, y_train)"
    failed = fault("ValueError", "Data cardinality is ambiguous", line=2, source="m.fit(X_train, y_train)")
    other = fault("ValueError", "no", line=2, source="m.save('X')")
    (match,) = matches("split-unpacked-in-wrong-order", evidence(code, failed, other))
    assert match.explains == (0,)


STEP = (
    "optimizer = keras.optimizers.Adam()",
    "for step in range(9):",
    "    with tf.GradientTape() as tape:",
    "        loss = f(model(x))",
    "    g = tape.gradient(loss, model.trainable_variables)",
)


def test_gradients_that_are_never_applied_are_told_with_the_missing_call() -> None:
    (match,) = matches("gradients-never-applied", evidence("\n".join(STEP)))
    assert match.line == 5
    assert "`optimizer.apply_gradients(zip(g, model.trainable_variables))`" in match.message


@pytest.mark.parametrize(
    "code",
    [
        (*STEP, "    optimizer.apply_gradients(zip(g, model.trainable_variables))"),
        (*STEP, "    for v, d in zip(model.trainable_variables, g):", "        v.assign_sub(0.1 * d)"),
        STEP[1:],  # only looks at gradients
        (*STEP, "train(model, optimizer)"),  # used elsewhere
        ("optimizer = Adam()", "g = tape.gradient(loss, model.trainable_variables)"),  # once, to look at
        (*STEP[:4], "    g = tape.gradient(loss, image)"),
    ],
)
def test_gradients_that_are_used_or_only_looked_at_are_left_alone(code: tuple[str, ...]) -> None:
    assert not lines("gradients-never-applied", *code)


SUMMED = (
    STEP[0],
    "sums = [tf.Variable(tf.zeros_like(v)) for v in model.trainable_variables]",
    *STEP[1:],
    "    for held, new in zip(sums, g):",
    "        held.assign_add(new / 4)",
)


def test_gradients_that_are_added_up_are_not_applied_by_that() -> None:
    assert lines("gradients-never-applied", *SUMMED) == [6]
    indexed = (*SUMMED[:-2], "    for i in range(len(g)):", "        sums[i].assign_add(g[i])")
    assert lines("gradients-never-applied", *indexed) == [6]


@pytest.mark.parametrize(
    "code",
    [
        (*SUMMED, "    optimizer.apply_gradients(zip(sums, model.trainable_variables))"),
        (*SUMMED, "    for v, s in zip(model.trainable_variables, sums):", "        v.assign_sub(0.1 * s)"),
        (SUMMED[0], "sums = model.trainable_variables", *SUMMED[2:]),
        (*SUMMED, "sums = model.trainable_variables"),  # the same name for weights
    ],
)
def test_sums_of_gradients_may_be_applied_in_any_way(code: tuple[str, ...]) -> None:
    assert not lines("gradients-never-applied", *code)


LOOP = (
    "def build():",
    "    model = Sequential([Dense(1)])",
    "    return model",
    "for epoch in range(9):",
    "    model = build()",
    "    model.fit(x, y)",
    "print(model.evaluate(x, y))",
)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (LOOP, [5]),
        (
            (
                "for step in range(9):",
                "    m = Sequential([Dense(1)])",
                "    m.train_on_batch(x, y)",
                "m.summary()",
            ),
            [2],
        ),
        ((*LOOP[:3], LOOP[4], LOOP[3], *LOOP[5:]), []),  # made before the loop
        ((*LOOP[:3], "for units in [8, 16]:", *LOOP[4:]), []),  # one of several
        ((*LOOP[:6], "    scores.append(model.evaluate(x, y))", LOOP[6]), []),
        (LOOP[:6], []),  # nothing is used behind the loop
        ((*LOOP[:4], "    model = build(epoch)", *LOOP[5:]), []),
    ],
)
def test_models_that_are_made_anew_in_each_epoch(code: tuple[str, ...], told: list[int]) -> None:
    assert lines("model-made-anew-each-epoch", *code) == told


@pytest.mark.parametrize(
    ("code", "cured"),
    [
        (("keep_prob = 0.8", "d = Dropout(keep_prob)"), "Write `1 - keep_prob`."),
        (("rate = 0.95", "d = Dropout(rate)"), "Rates from 0.2 to 0.5 are usual."),
        (("d = Dropout(rate=0.9)",), "Rates from 0.2 to 0.5 are usual."),
        (("keep_prob = 0.8", "d = Dropout(1 - keep_prob)"), None),
        (("rate = 0.8", "d = Dropout(rate)"), None),
        (("keep = 0.2", "d = Dropout(keep)"), None),
        (("keep = 0.8", "keep = 0.2", "d = Dropout(keep)"), None),  # not known
    ],
)
def test_rates_of_dropout_that_are_held_in_variables(code: tuple[str, ...], cured: str | None) -> None:
    found = matches("dropout-drops-nearly-all", evidence("\n".join(code)))
    assert [match.message.endswith(cured or "") for match in found] == ([True] if cured else [])


WORDS = (
    "first = TextVectorization(100)",
    "first.adapt(train_texts)",
    "codes = first(train_texts)",
)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        (("first.adapt(test_texts)",), [4]),
        (("second = TextVectorization(100)", "second.adapt(x_test)"), [5]),
        (("second = Tokenizer()", "second.fit_on_texts(x_test)"), []),  # another kind, for another thing
        (("test_codes = first(test_texts)",), []),
        (("second = TextVectorization(100)", "second.adapt(train_answers)"), []),
        (("scaler = StandardScaler()", "scaler.fit(x_test)"), []),
    ],
)
def test_one_vocabulary_numbers_all_texts(code: tuple[str, ...], found: list[int]) -> None:
    assert lines("vocabulary-made-anew", *WORDS, *code) == found


def test_a_tokenizer_may_be_fitted_to_all_texts_before_it_is_used() -> None:
    both = ("t = Tokenizer()", "t.fit_on_texts(train_texts)", "t.fit_on_texts(test_texts)")
    assert lines("vocabulary-made-anew", *both, "x = t.texts_to_sequences(train_texts)") == []
    used = (*both[:2], "x = t.texts_to_sequences(train_texts)", both[2])
    assert lines("vocabulary-made-anew", *used) == [4]


STEPS_OVER = """\
train_ds, test_ds = split(data)
def step(x):
    with tf.GradientTape() as tape:
        loss = model(x)
    optimizer.apply_gradients(zip(tape.gradient(loss, v), v))
for epoch in range(3):
    for {batch} in {over}:
        {body}
{more}
"""


@pytest.mark.parametrize(
    ("batch", "over", "body", "more", "told"),
    [
        ("x", "test_ds", "step(x)", "", [7]),
        ("i, x", "enumerate(test_ds.batch(8))", "step(x)", "measure(test_ds)", [7]),
        ("x", "train_ds", "step(x)", "", []),
        ("x", "test_ds", "measure(x)", "", []),
        # Adapted to a few examples of each new task, as in meta-learning.
        ("x", "test_ds", "step(x)", "for x in train_ds: step(x)", []),
        ("x", "test_ds", "step(x)", "model.fit(train_ds)", []),
        ("x", "source(test_ds)", "step(x)", "", []),
    ],
)
def test_steps_over_the_test_part(batch: str, over: str, body: str, more: str, told: list[int]) -> None:
    text = STEPS_OVER.format(batch=batch, over=over, body=body, more=more)
    assert lines("trained-on-test-data", text) == told
