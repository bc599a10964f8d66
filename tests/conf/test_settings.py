"""Settings answer as a real Spark 4.2 answered the same calls."""

import pytest

from boathouse.conf import Settings
from boathouse.conf.kinds import value_of
from boathouse.conf.settings import known
from boathouse.conf.table import TABLE
from boathouse.errors.exceptions import AnalysisError, IllegalArgumentError, NoSuchElementError


def test_defaults_are_sparks():
    settings = Settings()
    assert settings.get("spark.sql.shuffle.partitions") == "200"
    assert settings.get("spark.sql.autoBroadcastJoinThreshold") == "10485760b"
    assert settings.get("spark.sql.session.localRelationSizeLimit") == "3221225472"
    assert settings.get("spark.sql.leafNodeDefaultParallelism") is None
    assert settings.get("spark.sql.optimizer.maxIterations") == "100"


def test_typed_values():
    settings = Settings()
    assert settings.flag("spark.sql.ansi.enabled") is True
    assert settings.integer("spark.sql.broadcastTimeout") == 300
    assert settings.integer("spark.connect.progress.reportInterval") == 2000
    settings.set("spark.sql.autoBroadcastJoinThreshold", "10MB")
    assert settings.get("spark.sql.autoBroadcastJoinThreshold") == "10MB"
    assert settings.integer("spark.sql.autoBroadcastJoinThreshold") == 10 << 20
    settings.set("spark.sql.storeAssignmentPolicy", "legacy")
    assert settings.get("spark.sql.storeAssignmentPolicy") == "legacy"
    assert settings.text("spark.sql.storeAssignmentPolicy") == "LEGACY"
    assert settings.text("spark.sql.sources.default") == "delta"


def test_set_unset_and_copy():
    settings = Settings({"spark.sql.shuffle.partitions": "4"})
    other = settings.copy()
    settings.set("spark.sql.shuffle.partitions", "8")
    settings.set("my.own", "1")
    assert dict(settings.items()) == {"my.own": "1", "spark.sql.shuffle.partitions": "8"}
    assert dict(settings.items("my.")) == {"my.own": "1"}
    settings.unset("spark.sql.shuffle.partitions")
    assert settings.get("spark.sql.shuffle.partitions") == "4"
    assert other.get("my.own", None) is None


def test_defaults_of_the_caller():
    settings = Settings()
    assert settings.get("spark.no.such", "d") == "d"
    assert settings.get("spark.sql.ansi.enabled", None) is None
    with pytest.raises(IllegalArgumentError) as bad:
        settings.get("spark.sql.ansi.enabled", "zz")
    assert bad.value.condition == "INVALID_CONF_VALUE.TYPE_MISMATCH"


def test_unknown_key():
    with pytest.raises(NoSuchElementError) as missing:
        Settings().get("spark.executor.memory")
    assert missing.value.condition == "SQL_CONF_NOT_FOUND"
    assert missing.value.parameters == {"sqlConf": '"spark.executor.memory"'}


@pytest.mark.parametrize(
    ("key", "value", "condition", "detail"),
    [
        ("spark.sql.ansi.enabled", "x", "TYPE_MISMATCH", {"confType": "boolean"}),
        ("spark.sql.shuffle.partitions", "a", "TYPE_MISMATCH", {"confType": "int"}),
        ("spark.sql.broadcastTimeout", "xyz", "TYPE_MISMATCH", {"confType": "time in SECONDS"}),
        (
            "spark.sql.autoBroadcastJoinThreshold",
            "xyz",
            "TYPE_MISMATCH",
            {"confType": "bytes in BYTE"},
        ),
        ("spark.sql.session.timeZone", "Mars/X", "TIME_ZONE", {}),
        (
            "spark.sql.storeAssignmentPolicy",
            "foo",
            "OUT_OF_RANGE_OF_OPTIONS",
            {"confOptions": "ANSI, LEGACY, STRICT"},
        ),
        (
            "spark.sql.shuffle.partitions",
            "0",
            "REQUIREMENT",
            {"confRequirement": "The value of spark.sql.shuffle.partitions must be positive"},
        ),
    ],
)
def test_bad_values(key, value, condition, detail):
    with pytest.raises(IllegalArgumentError) as bad:
        Settings().set(key, value)
    assert bad.value.condition == f"INVALID_CONF_VALUE.{condition}"
    assert bad.value.parameters == {"confName": key, "confValue": value, **detail}


@pytest.mark.parametrize("change", [Settings.unset, lambda s, key: s.set(key, "x")])
def test_what_cannot_be_changed(change):
    for key, condition in [
        ("spark.sql.warehouse.dir", "CANNOT_MODIFY_STATIC_CONFIG"),
        ("spark.connect.grpc.binding.port", "CANNOT_MODIFY_STATIC_CONFIG"),
        ("spark.executor.memory", "CANNOT_MODIFY_CONFIG"),
    ]:
        with pytest.raises(AnalysisError) as refused:
            change(Settings(), key)
        assert refused.value.condition == condition
        assert refused.value.parameters["key"] == f'"{key}"'


def test_is_modifiable():
    settings = Settings()
    assert settings.is_modifiable("spark.sql.ansi.enabled")
    assert not settings.is_modifiable("spark.sql.warehouse.dir")
    assert not settings.is_modifiable("spark.executor.memory")
    assert not settings.is_modifiable("foo")


@pytest.mark.parametrize(
    "zone", ["UTC", "Europe/Paris", "+02:00", "PST", "GMT+1", "Z", "UTC-03:30"]
)
def test_zones(zone):
    settings = Settings()
    settings.set("spark.sql.session.timeZone", zone)
    assert settings.get("spark.sql.session.timeZone") == zone


def test_the_table_is_sound():
    assert len({setting.key for setting in TABLE}) == len(TABLE)
    for setting in known().values():
        if setting.default is not None:
            value_of(setting, setting.default)
