"""Pages of docs/ that are made from the code say what the code says; links lead somewhere."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from tocsin.checks import CHECKS
from tocsin.kinds import KINDS

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)")


def generator() -> ModuleType:
    """tools/ is no package: it is only in a checkout."""
    spec = importlib.util.spec_from_file_location("pages", ROOT / "tools" / "reference_pages.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PAGES: dict[Path, str] = generator().pages()


@pytest.mark.parametrize("page", sorted(PAGES), ids=lambda page: page.stem)
def test_a_generated_page_is_current(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == PAGES[page], "run `make docs`"


def test_each_kind_has_a_page_and_no_other() -> None:
    found = {page.stem for page in (DOCS / "kinds").glob("*.md")}
    assert found == {*KINDS, "README"}


def test_the_page_of_checks_has_each_of_them() -> None:
    headings = re.findall(r"^## `(.+)`$", (DOCS / "checks.md").read_text(), re.MULTILINE)
    assert headings == list(CHECKS)


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.stem)
def test_links_within_the_docs_lead_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        # Pictures are taken from a running demo, in a commit of their own.
        if target.startswith(("http://", "https://")) or target.endswith(".png"):
            continue
        found = (page.parent / target).resolve() if target else page
        assert found.exists(), f"{page.name}: {target}"
        if anchor and found.suffix == ".md":
            assert anchor in anchors(found), f"{page.name}: {target}#{anchor}"
