"""Predictions of scaled targets beside targets that are not scaled."""

from __future__ import annotations

import pytest

from tests.rules._traces import evidence, matches

RULE = "predictions-in-other-units"
PROGRAM = """\
scaler, other = MinMaxScaler(), MinMaxScaler()
scaler = MinMaxScaler()
y_scaled = scaler.fit_transform(y)
x_train, x_test, y_train, y_test = train_test_split(x, {split})
_, _, _, raw_test = train_test_split(x, y)
model.fit(x_train, {fed})
answer = model.predict(x_test)
flat = answer.flatten()
{end}
"""


@pytest.mark.parametrize(
    ("split", "fed", "end", "lines"),
    [
        ("y_scaled", "y_train", "print(np.mean(np.abs(flat - raw_test)))", [9]),
        ("y_scaled", "y_train", "print(mean_squared_error(y[800:], answer))", [9]),
        ("y_scaled", "y=y_train", "print(r2_score(raw_test, answer))", [9]),
        ("y_scaled", "y_train", "print(np.mean(np.abs(flat - y_test)))", []),
        ("y_scaled", "y_train", "back = scaler.inverse_transform(answer)\nprint(back - raw_test)", []),
        ("y_scaled", "y_train", "print(answer * scaler.data_max_ - raw_test)", []),
        ("y", "y_train", "print(flat - raw_test)", []),  # trained on what was not scaled
        ("y_scaled", "y_train", "plt.plot(flat)\nplt.plot(y)", []),
        ("y_scaled", "y_train", "print(y - y.mean())", []),
    ],
)
def test_units(split: str, fed: str, end: str, lines: list[int]) -> None:
    found = matches(RULE, evidence(PROGRAM.format(split=split, fed=fed, end=end)))
    assert [match.line for match in found] == lines
