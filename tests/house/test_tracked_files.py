"""What is committed works on anyone's machine: no path of one machine, no address of a package registry."""

import re
import subprocess
from pathlib import Path

import pytest

LICENCE = "LICENSE"


def joined(*parts: str) -> str:
    """The pattern that `parts` make; apart, this file does not contain what it looks for."""
    return "".join(parts)


MACHINE_PATHS = re.compile(
    "|".join(
        [
            joined(r"(?<![\w.$}/-])/wo", r"rk/"),
            joined(r"(?<![\w.$}/-])/ro", r"ot(?:/|\b)"),
            joined(r"(?<![\w.$}/-])/ho", r"me/\w+/"),
            joined(r"(?<![\w.$}/-])/Us", r"ers/\w+/"),
            joined(r"(?<![\w.$}/-])/opt/(?:py", r"pi|wheels)"),
        ]
    )
)
REGISTRIES = re.compile(
    "|".join(
        [
            joined(r"py", r"pi\.org"),
            joined(r"python", r"hosted\.org"),
            joined(r"index", r"-url[=\s]+\S*:"),
            joined(r"find", r"-links[=\s]+\S*[:/]"),
            joined(r"registry\.", r"npmjs"),
            joined(r"repo1?\.maven", r"\.apache\.org"),
            joined("art", r"ifactory"),
        ]
    ),
    re.IGNORECASE,
)


def tracked(root: Path) -> list[Path]:
    git = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True)  # noqa: PLW1510
    if git.returncode != 0:
        pytest.skip("not a git checkout")
    return [root / name for name in git.stdout.split("\0") if name and (root / name).is_file()]


def found(pattern: re.Pattern[str], paths: list[Path], root: Path) -> list[str]:
    return [
        f"{path.relative_to(root)}:{number}: {match.group()}"
        for path in paths
        if path.name != LICENCE
        for number, line in enumerate(path.read_bytes().decode("utf-8", "replace").splitlines(), 1)
        if (match := pattern.search(line))
    ]


def test_no_path_of_one_machine(root: Path):
    assert not found(MACHINE_PATHS, tracked(root), root)


def test_no_address_of_a_registry(root: Path):
    assert not found(REGISTRIES, tracked(root), root)


@pytest.mark.parametrize("text", ["see /wo~rk/x", "in /ro~ot", "'/ho~me/ann/lake'"])
def test_paths_of_a_machine_are_recognised(text: str):
    assert MACHINE_PATHS.search(text.replace("~", ""))


@pytest.mark.parametrize("text", ["tests/homework/x", "the $ROOT/work/", "s3://bucket/root/data"])
def test_other_paths_are_not(text: str):
    assert not MACHINE_PATHS.search(text)
