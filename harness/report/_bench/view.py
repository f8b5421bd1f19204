"""What text and page say alike of a throughput document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
EPOCH = 60_000  # images of one epoch of MNIST

HEAD = (
    "batch",
    "images/s",
    "IQR",
    "µs/step",
    "first call s",
    "compile s",
    "memory MiB",
    "of reference",
    "x article's way",
    "utilisation",
)


def groups(document: Mapping[str, Any]) -> dict[tuple[str, str, str], list[Row]]:
    """The rows by program, backend and device, in the document's order, batch sizes ascending."""
    found: dict[tuple[str, str, str], list[Row]] = {}
    for row in document["programs"]:
        found.setdefault((row["slug"], row["backend"], row["device"]), []).append(row)
    return {key: sorted(rows, key=lambda row: int(row["batch"])) for key, rows in found.items()}


def cells(row: Row) -> list[str]:
    """A row under HEAD; where it was not measured its second cell says why."""
    batch = f"{row['batch']}{' *' if row.get('own_batch') else ''}"
    rate = row["images_per_second"]
    if rate is None:
        words = f"not measured: {row.get('error') or 'no reason was given'}"
        return [batch, words, *[""] * (len(HEAD) - 2)]
    return [
        batch,
        f"{rate['median']:,.0f}",
        f"{rate['iqr']:,.0f}",
        f"{row['microseconds_per_step']['median']:,.0f}",
        f"{row['first_step_seconds']:.2f}",
        f"{row['compile_seconds']:.2f}",
        mebibytes(row.get("peak_memory_bytes")),
        ratio(row["ratio_to_reference"]),
        ratio(row["ratio_to_article_way"]),
        "-" if row["utilisation"] is None else f"{row['utilisation']:.0%}",
    ]


def remarks(row: Row) -> list[str]:
    """What the numbers do not say: how the reference was run, and what could not be."""
    found = []
    reference, way = row.get("reference"), row.get("article_way")
    if reference and reference.get("chosen"):
        found.append(f"batch {row['batch']}: reference: {reference['chosen']}")
    if reference and reference.get("error"):
        found.append(f"batch {row['batch']}: the reference was not measured: {reference['error']}")
    if way and way.get("error"):
        found.append(f"batch {row['batch']}: the article's way was not measured: {way['error']}")
    return found


def way_title(rows: Sequence[Row]) -> str:
    """The article's way in words; that it has none."""
    titles = [row["article_way"]["title"] for row in rows if (row.get("article_way") or {}).get("title")]
    return f"article's way: {titles[0]}" if titles else "the article has no way of training to compare with"


def machine_facts(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The fingerprint, name by name."""
    machine = document["machine"]
    facts = [
        ("processor", f"{machine['processor']} ({machine['architecture']}{_listed(machine.get('vector'))})"),
        ("threads", f"{machine['threads']} of {machine['cores']} processors"),
        ("memory", f"{machine['memory_bytes'] / 2**30:.1f} GiB"),
        ("GPU", ", ".join(machine["gpus"]) or "none: nothing here was measured on a GPU"),
        ("driver", machine.get("driver") or "none"),
        ("system", f"{machine['system']}, Python {machine['python']}"),
        ("versions", ", ".join(f"{name} {version}" for name, version in machine["packages"].items())),
        ("load", f"{machine['load']:g} before, {machine.get('load_after', '?')} after"),
        ("time", machine["time"]),
        ("command", document["command"]),
        ("confinement", document["confinement"]),
    ]
    for limit in document["limits"]:
        where = f"limit of {limit['backend']} on {limit['device']}"
        if limit.get("error"):
            facts.append((where, f"not measured: {limit['error']}"))
        else:
            flops, moved = limit["flops_per_second"], limit["bytes_per_second"]
            facts.append(
                (
                    where,
                    f"{limit['name']}: {flops['median'] / 1e9:,.1f} GFLOP/s (IQR {flops['iqr'] / 1e9:,.1f}), "
                    f"{moved['median'] / 1e9:,.1f} GB/s (IQR {moved['iqr'] / 1e9:,.1f})",
                )
            )
    return facts


def rate_of(row: Row | None) -> float:
    """Images a second of a row or of another variant in it; not a number where it was not measured."""
    rate = (row or {}).get("images_per_second")
    return float(rate["median"]) if rate else float("nan")


def split(row: Row) -> dict[str, float] | None:
    """Microseconds of a step: compiling, host and device; None where it was not measured.

    Device is what the step fused by hand takes, in which nothing is left between steps; host is what the
    program takes beyond it; compiling is spread over one epoch.
    """
    rate, fused = row["images_per_second"], rate_of(row.get("reference"))
    if rate is None or fused != fused:  # not a number
        return None
    step = row["microseconds_per_step"]["median"]
    device = min(step, row["batch"] / fused * 1e6)
    return {
        "device": device,
        "host": step - device,
        "compiling": row["compile_seconds"] * 1e6 / max(1.0, EPOCH / row["batch"]),
    }


def ratio(value: float | None) -> str:
    """A ratio in two digits behind the point."""
    return "-" if value is None else f"{value:.2f}"


def mebibytes(value: int | None) -> str:
    """Bytes as MiB."""
    return "-" if value is None else f"{value / 2**20:,.0f}"


def _listed(names: Sequence[str] | None) -> str:
    return f", {' '.join(names)}" if names else ""
