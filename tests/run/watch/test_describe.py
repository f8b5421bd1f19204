"""The names by which a program holds a model, also as an attribute among many."""

from __future__ import annotations

from harness.run.watch.describe import names


class Holder:
    """An object with many attributes of a framework before those of the program."""

    def __init__(self, model: object) -> None:
        for number in range(100):
            setattr(self, f"_own_{number}", None)
        self.decoder = model


def test_a_model_is_found_behind_the_attributes_of_a_framework() -> None:
    model = object()
    assert names(model, {"vae": Holder(model), "other": Holder(None)}) == ("vae.decoder",)


def test_a_model_may_be_a_private_attribute() -> None:
    model, holder = object(), Holder(None)
    vars(holder)["_own_5"] = model
    assert names(model, {"vae": holder}) == ("vae._own_5",)
