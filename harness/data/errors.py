"""What goes wrong with data, in words for the person who named the file."""

from __future__ import annotations


class DataError(Exception):
    """Data that was asked for cannot be used: the message gives place, found, expected and next step."""
