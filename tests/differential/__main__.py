"""Asks Spark and Boathouse the same random questions and prints where they differ, grouped.

python -m tests.differential [--cases 3000] [--seed 1] [--families cast,operator] [--show 2]
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import boathouse
from tests.differential.cases import FAMILIES, Case, cases
from tests.differential.compare import difference
from tests.differential.explained import explanation
from tests.differential.ours import Boathouse
from tests.differential.spark import ROOT, Spark


def main(arguments: list[str]) -> int:
    """Run, print, and give 1 where something differs."""
    parser = argparse.ArgumentParser(prog="differential", description="Spark against Boathouse.")
    parser.add_argument("--cases", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--families", default="", help=f"some of {', '.join(FAMILIES)}")
    parser.add_argument("--show", type=int, default=2, help="examples of each kind of difference")
    parser.add_argument("--answers", type=Path, default=ROOT / "data/differential/answers.sqlite")
    parser.add_argument(
        "--details",
        choices=("", "parameters", "context"),
        default="",
        help="compare what messages of errors say too, or also the place that they point to",
    )
    parser.add_argument("--ask", action="store_true", help="only ask Spark, for a later run")
    options = parser.parse_args(arguments)
    families = tuple(filter(None, options.families.split(",")))
    asked = list(cases(options.seed, options.cases, families))
    if options.ask:
        with Spark(options.answers) as spark:
            for case in asked:
                spark.answer(case)
        return 0
    with (
        Spark(options.answers) as spark,
        boathouse.session(settings={"spark.sql.session.timeZone": "UTC"}) as session,
    ):
        found = differences(asked, spark, Boathouse(session), options.details)
    reasons = Counter(reason for case, _, *both in found if (reason := explanation(case, *both)))
    found = [one for one in found if explanation(one[0], *one[2:]) is None]
    report(found, asked, options.show)
    for reason, number in reasons.most_common():
        print(f"explained: {number} x {reason}")
    return int(bool(found))


Found = list[tuple[Case, str, dict[str, Any], dict[str, Any]]]


def differences(asked: list[Case], spark: Spark, ours: Boathouse, details: str) -> Found:
    """The cases on which the two do not agree: what kind of difference, and both answers."""
    found: Found = []
    for case in asked:
        theirs, mine = spark.answer(case), ours.answer(case)
        kind = difference(theirs, mine, details)
        if kind is not None:
            found.append((case, kind, theirs, mine))
    return found


def report(found: Found, asked: list[Case], show: int) -> None:
    """Print the differences by kind, the most frequent first, with the shortest examples."""
    groups: defaultdict[str, Found] = defaultdict(list)
    for one in found:
        groups[one[1]].append(one)
    for kind, members in sorted(groups.items(), key=lambda item: -len(item[1])):
        print(f"\n== {len(members)} x {kind}")
        for case, _, theirs, mine in sorted(members, key=lambda one: len(one[0].sql))[:show]:
            print(f"  [{case.label}] {case.sql[:900]}   {dict(case.settings) or ''}")
            print(f"    spark: {brief(theirs, kind, mine)}")
            print(f"    ours:  {brief(mine, kind, theirs)}")
    wrong, total = Counter(c.family for c, *_ in found), Counter(c.family for c in asked)
    for family, number in total.items():
        print(f"{family}: {number - wrong[family]} of {number} agree")
    share = 1000 * len(found) / max(len(asked), 1)
    print(f"all: {len(asked) - len(found)} of {len(asked)} agree, {share:.1f} of 1000 do not")


def brief(answer: dict[str, Any], kind: str, other: dict[str, Any]) -> str:
    """An answer in one line: what is not in the `other`, where they differ in rows."""
    if "condition" in answer:
        text = f"{answer['condition']} {answer.get('parameters', answer.get('message'))}"
        return text + (f" <{answer['fragment']}>" if kind.endswith("context") else "")
    if kind == "rows":
        return str([row for row in answer["rows"] if row not in other["rows"]])[:400]
    fields = [(f["name"], f["type"], f["nullable"]) for f in answer["schema"]["fields"]]
    return f"{fields} {answer['rows']}"[:600]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
