"""Reading and finding articles: what is refused, with which words."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.listing import ArticleError, find_articles, read_article


@pytest.mark.parametrize(
    ("name", "kind"), [("a.md", "markdown"), ("a.MD", "markdown"), ("a.txt", "markdown"), ("a.py", "script")]
)
def test_an_article_is_pinned_and_kept_verbatim(tmp_path: Path, name: str, kind: str) -> None:
    data = b"\xef\xbb\xbfx = 1\r\ny = '\xc3\xa9'\r"
    (tmp_path / name).write_bytes(data)
    article = read_article(tmp_path / name)
    assert (article.path, article.kind) == (str(tmp_path / name), kind)
    assert article.text == "x = 1\r\ny = 'é'\r"
    assert article.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.md", b"", "the file is empty; expected Markdown (.md), a notebook (.ipynb) or a script (.py)"),
        ("a.md", b" \n\t\n", "the file is empty"),
        ("a.md", b"ab\0c", "is a binary file (NUL at byte 2)"),
        ("a.md", "text".encode("utf-16"), "is encoded as UTF-16; save it as UTF-8"),
        ("a.md", b"one\r\ntwo \xff\n", "is not UTF-8: byte 0xff at offset 9, line 2; save it as UTF-8"),
        ("a.md", b"\xef\xbb\xbfa\xff", "is not UTF-8: byte 0xff at offset 4, line 1"),
        ("a.png", b"data", "'.png' is no extension of an article; expected Markdown"),
        (
            "README",
            b"data",
            "its name has no extension, which would tell what kind of article it is; expected "
            "Markdown (.md), a notebook (.ipynb) or a script (.py): rename it, for example to README.md",
        ),
    ],
)
def test_unreadable_content_is_refused(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ArticleError) as caught:
        read_article(tmp_path / name)
    assert str(caught.value).startswith(f"{tmp_path / name}: {message}")
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    for call in (lambda path: read_article(path), lambda path: find_articles([path])):
        with pytest.raises(ArticleError, match="no such file or directory"):
            call(tmp_path / "a.md")
        with pytest.raises(ArticleError, match="is not a possible file name"):
            call(Path("a\0b.md"))
        with pytest.raises(ArticleError, match="the name is too long"):
            call(tmp_path / ("a" * 300))


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    folder, pipe, loop = tmp_path / "d.md", tmp_path / "p.md", tmp_path / "l.md"
    folder.mkdir()
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    for path, message in (
        (folder, "is a directory"),
        (pipe, "is not a regular file"),
        (loop, "go round in a circle"),
    ):
        with pytest.raises(ArticleError, match=message):
            read_article(path)


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.md"
    path.write_text("text")
    path.chmod(0)
    if os.access(path, os.R_OK):  # root may read everything

        def denied(*_: object) -> int:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "open", denied)
    with pytest.raises(ArticleError, match="no permission to read it"):
        read_article(path)


def test_a_large_file_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    with path.open("wb") as file:
        file.truncate(50 * 2**20)
    started = time.process_time()
    with pytest.raises(ArticleError, match=r"50\.0 MB is too large for an article; at most 20 MB are read"):
        read_article(path)
    assert time.process_time() - started < 0.1


def _make(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("text")


def test_a_directory_is_searched_in_order(tmp_path: Path) -> None:
    _make(tmp_path, "b.md", "a/z.ipynb", "a/b.py", "a/c.markdown", "c.txt", "d.png", "B.md")
    _make(tmp_path, ".git/a.md", ".venv/a.md", "env/pyvenv.cfg", "env/a.md", "node_modules/a.md", "a/.x.md")
    found = [path.relative_to(tmp_path).as_posix() for path in find_articles([tmp_path])]
    assert found == ["B.md", "a/b.py", "a/c.markdown", "a/z.ipynb", "b.md"]


def test_an_article_folder_holds_one_article(tmp_path: Path) -> None:
    _make(
        tmp_path,
        "one/article.md",
        "one/article.toml",
        "one/notes.md",
        "one/sub/a.md",
        "two/article.md",
        "two/n.md",
    )
    found = [path.relative_to(tmp_path).as_posix() for path in find_articles([tmp_path])]
    assert found == ["one/article.md", "two/article.md", "two/n.md"]


def test_links_that_go_in_circles_are_harmless(tmp_path: Path) -> None:
    _make(tmp_path, "a/a.md")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "a" / "self.md").symlink_to(tmp_path / "a" / "self.md")
    assert find_articles([tmp_path]) == [tmp_path / "a" / "a.md"]


def test_files_are_taken_as_given_and_once(tmp_path: Path) -> None:
    _make(tmp_path, "b.txt", "a.md")
    paths = [tmp_path / "b.txt", tmp_path / "a.md", tmp_path / "b.txt", tmp_path]
    assert find_articles(paths) == [tmp_path / "b.txt", tmp_path / "a.md"]


def test_a_directory_without_articles_is_refused(tmp_path: Path) -> None:
    _make(tmp_path, "a.txt", ".b.md")
    with pytest.raises(ArticleError, match="no article in this directory; expected Markdown"):
        find_articles([tmp_path])


def test_reading_articles_imports_no_framework() -> None:
    program = (
        "import sys, pathlib, harness.listing as l\n"
        "l.read_listing(l.read_article(pathlib.Path('README.md')))\n"
        "print([m for m in ('tensorflow', 'keras', 'jax', 'torch', 'numpy', 'nbformat') if m in sys.modules])"
    )
    root = Path(__file__).parents[2]
    folder = root / "articles" / "dense_gan"
    program = program.replace("README.md", str(folder / "article.md"))
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=root, timeout=60, check=True
    )
    assert done.stdout == "[]\n"
