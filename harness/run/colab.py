"""What a notebook that is run outside of Google Colab finds under ``google.colab``.

Half of all notebooks on the web mount a drive or hand a file over.  Neither changes what a network learns:
a drive that is not there shows in the files that are read from it, and a file that nobody chooses in the call
that asks for one.  The names are those of https://github.com/googlecolab/colabtools.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, NoReturn

from harness.knowledge.colab import NO_SECRET, NOBODY_CHOSE


def _nothing(*args: Any, **options: Any) -> None:
    """Mounts, downloads, shows or clears nothing."""


def _upload(*args: Any, **options: Any) -> NoReturn:
    raise EOFError(NOBODY_CHOSE)


def _secret(*args: Any, **options: Any) -> NoReturn:
    raise EOFError(NO_SECRET)


_DRIVE: Mapping[str, Any] = {"mount": _nothing, "flush_and_unmount": _nothing}
_FILES: Mapping[str, Any] = {
    "upload": _upload,
    "upload_file": _upload,
    "download": _nothing,
    "view": _nothing,
}
_AUTH: Mapping[str, Any] = {"authenticate_user": _nothing}
_OUTPUT: Mapping[str, Any] = {
    "clear": _nothing,
    "eval_js": _secret,
    "enable_custom_widget_manager": _nothing,
    "serve_kernel_port_as_iframe": _nothing,
    "serve_kernel_port_as_window": _nothing,
}
_USERDATA: Mapping[str, Any] = {"get": _secret}
_TABLE: Mapping[str, Any] = {
    "enable_dataframe_formatter": _nothing,
    "disable_dataframe_formatter": _nothing,
}
_PATCHES: Mapping[str, Any] = {"cv2_imshow": _nothing}
_PARTS: Mapping[str, Mapping[str, Any]] = {
    "drive": _DRIVE,
    "files": _FILES,
    "auth": _AUTH,
    "output": _OUTPUT,
    "userdata": _USERDATA,
    "data_table": _TABLE,
    "patches": _PATCHES,
}

#: The modules, by their full names, and what each has.
COLAB: Mapping[str, Mapping[str, Any]] = {
    "google.colab": {part: SimpleNamespace(**names) for part, names in _PARTS.items()},
    **{f"google.colab.{part}": names for part, names in _PARTS.items()},
}
