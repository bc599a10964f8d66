from tests.plan.conftest import data, session  # noqa: F401  # pyright: ignore[reportUnusedImport]
