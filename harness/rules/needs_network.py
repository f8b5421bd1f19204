"""The code needs the network, which a review does not have.

## What it finds

Statements that failed because they download something: data sets other than Keras's own,
pretrained weights, files fetched with `urllib`, `requests` or `keras.utils.get_file`.

## Why it is wrong

It may be right for a reader with a connection. The review could not check it, nor what depends on it;
and addresses in tutorials go stale.

## Example

```python
import urllib.request

page = urllib.request.urlopen("http://example.com/data.csv").read()
```

## Read instead

```python
from keras.datasets import mnist

(x_train, y_train), _ = mnist.load_data()
```

## Known limits

Whether the address works for a reader is not known. Keras's built-in data sets need no network: MNIST is at
hand, and the others are made up to their documented shapes, which a note says. Where the weights of a network
of `keras.applications` cannot be fetched, the run goes on with random ones, and how well the network does is
not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.model import Fault, NetworkTried, Severity
from harness.rules._evidence import Evidence, Match

SEVERITY = Severity.NOTE
NEEDS = "trace"

_TYPES = {
    "URLError",
    "gaierror",
    "ConnectionError",
    "NewConnectionError",
    "MaxRetryError",
    "NameResolutionError",
}
_WORDS = re.compile(
    r"URL fetch failure|Temporary failure in name resolution|Name or service not known|"
    r"Network is unreachable|Failed to resolve|Max retries exceeded|urlopen error|"
    r"Address family not supported by protocol|^https?://\S+ not found\.$"
)


def find(evidence: Evidence) -> Iterator[Match]:
    for fault in evidence.faults:
        tried = _tried(evidence, fault)
        if fault.line is None or not (tried or fault.type in _TYPES or _WORDS.search(fault.message)):
            continue
        what = f" (`{tried}`)" if tried else ""
        message = (
            f"This needs the network{what}, which a review has not; it was not checked, and neither was what "
            "depends on it. Look at these lines yourself."
        )
        if fault.repaired:
            message = (
                "The pretrained weights need the network, which a review has not; the run went on with "
                "random ones. What the network has learned before was not checked."
            )
        yield Match(
            fault.line,
            message,
            end_line=fault.end_line,
            evidence={"exception": fault.type, "what": tried},
            explains=(fault.seq,),
        )


def _tried(evidence: Evidence, fault: Fault) -> str | None:
    """What was to be fetched, where an observer saw the attempt in the same statement."""
    for event in evidence.of(NetworkTried):
        if fault.spans(event.line) and event.seq < fault.seq:
            return event.what
    return None
