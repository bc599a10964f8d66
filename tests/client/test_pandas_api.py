"""The pandas API on Spark: the oracle is pandas itself."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import boathouse

SHIPS = pd.DataFrame(
    {
        "tons": [3, 1, 2, 2, 9],
        "length": [1.5, 2.5, None, 4.0, 4.0],
        "rig": ["sloop", "brig", "sloop", "yawl", "brig"],
        "built": pd.to_datetime(["2020-01-01", "2020-01-02", "2020-02-03", "2021-01-01", None]),
    }
)

ANSWERS: dict[str, Callable[[Any], Any]] = {
    "itself": lambda ships: ships,
    "head": lambda ships: ships.head(2),
    "filter": lambda ships: ships[ships.tons > 1],
    "assign": lambda ships: ships.assign(twice=ships.tons * 2),
    "iloc": lambda ships: ships.iloc[1:3],
    "loc": lambda ships: ships.loc[1:2, ["tons", "rig"]],
    "sort": lambda ships: ships.sort_values(["rig", "tons"]),
    "group sum": lambda ships: ships.groupby("rig").tons.sum().sort_index(),
    "group std": lambda ships: ships.groupby("rig").tons.std().sort_index(),
    "group agg": lambda ships: (
        ships.groupby("rig").agg({"tons": "max", "length": "mean"}).sort_index()
    ),
    "group cumsum": lambda ships: ships.groupby("rig").tons.cumsum().sort_index(),
    "merge": lambda ships: (
        ships.merge(ships[["rig", "tons"]], on="rig")
        .sort_values(["rig", "tons_x", "tons_y"])[["rig", "tons_x", "tons_y"]]
        .reset_index(drop=True)
    ),
    "mean": lambda ships: ships.tons.mean(),
    "std": lambda ships: ships.tons.std(),
    "std of all": lambda ships: ships.tons.std(ddof=0),
    "var": lambda ships: ships.length.var(),
    "skew": lambda ships: ships.tons.skew(),
    "skew of two": lambda ships: ships.head(2).tons.skew(),
    "kurt": lambda ships: ships.tons.kurt(),
    "prod": lambda ships: ships.tons.prod(),
    "mode": lambda ships: ships.tons.mode(),
    "modes with nulls": lambda ships: ships.built.mode(dropna=False).head(1).size,
    "cov": lambda ships: ships[["tons", "length"]].cov(),
    "corr": lambda ships: ships[["tons", "length"]].corr(),
    "describe": lambda ships: ships[["tons", "length"]].describe().loc[["count", "mean", "max"]],
    "shift": lambda ships: ships.tons.shift(1).sort_index(),
    "shift back": lambda ships: ships.tons.shift(-2).sort_index(),
    "diff": lambda ships: ships.tons.diff().sort_index(),
    "rolling": lambda ships: ships.tons.rolling(2).sum().sort_index(),
    "rank": lambda ships: ships.tons.rank().sort_index(),
    "nlargest": lambda ships: ships.nlargest(2, "tons"),
    "melt": lambda ships: (
        ships.melt(id_vars="rig", value_vars="tons")
        .sort_values(["rig", "value"])
        .reset_index(drop=True)
    ),
    "text": lambda ships: ships.rig.str.upper(),
    "dates": lambda ships: ships.built.dt.month,
    "missing": lambda ships: ships.isnull().sum().sum(),
    "filled": lambda ships: ships.fillna({"length": 0.0}).length,
    "shape": lambda ships: ships.shape,
    "argmax": lambda ships: ships.tons.argmax(),
}


@pytest.fixture(scope="module")
def pandas_api():
    # The API asks the session that was opened last.
    with boathouse.session(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield importlib.import_module("pyspark.pandas")


@pytest.fixture(scope="module")
def boats(pandas_api):
    return pandas_api.from_pandas(SHIPS)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ANSWERS)
def test_as_pandas_answers(boats, name):
    ask = ANSWERS[name]
    told, expected = ask(boats), ask(SHIPS)
    told = told.to_pandas() if hasattr(told, "to_pandas") else told
    if isinstance(expected, pd.DataFrame):
        pd.testing.assert_frame_equal(told, expected, check_dtype=False)
    elif isinstance(expected, pd.Series):
        pd.testing.assert_series_equal(told, expected, check_dtype=False)
    elif isinstance(expected, float):
        assert told == pytest.approx(expected, nan_ok=True)
    else:
        assert told == expected


@pytest.mark.filterwarnings("ignore")
def test_rows_are_counted_from_0(pandas_api):
    assert pandas_api.range(3).reset_index().to_numpy().tolist() == [[0, 0], [1, 1], [2, 2]]
