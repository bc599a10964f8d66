"""The generated pages say what the code says now; `make docs` writes them."""

import pytest
from tools.pages import FOLDER, PAGES, ROOT


@pytest.mark.parametrize("name", PAGES)
def test_page_is_fresh(name: str):
    path = ROOT / FOLDER / name
    assert path.exists(), "make docs"
    assert path.read_text("utf-8") == PAGES[name](), f"{name} is stale: make docs"
