"""Small articles for the plugin, most with textual faults only, and what may be expected of one."""

from __future__ import annotations

import pytest

BROKEN = """# Broken

```python
import
```

Text.

```python
x = = 1
```
"""
FINE = "# Fine\n\n```python\nx = 1\nprint(x)\n```\n"
WARNED = """# Warned

```python
import os
print(undefined_thing)
```
"""


def expect(here: pytest.Pytester, text: str) -> None:
    (here.path / "docs/broken.md.errata-expected.toml").write_text(text)
