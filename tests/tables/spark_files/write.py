"""Writes the Parquet files of this folder with a real Spark, and what Spark reads in them.

Run by hand, with the environment that has a Java Spark: `.venv-spark/bin/python
tests/tables/spark_files/write.py [NAME ...]`. ``answers.json`` has the schema of each file, and its rows with
every column cast to text in UTC.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from pyspark.sql import SparkSession

FOLDER = Path(__file__).parent
PARQUET = "spark.sql.parquet."
ZONE = "spark.sql.session.timeZone"
ALL = """SELECT * FROM VALUES
 (1Y, 2S, 3, 4L, 1.5F, 2.5D, 12.34BD, CAST(1234567.891 AS DECIMAL(12,3)),
  CAST(12345678901234567890.123456789 AS DECIMAL(38,9)), true, 'text', X'0102', DATE'2020-02-29',
  TIMESTAMP'2021-01-01 00:00:00.123456', TIMESTAMP_NTZ'2021-01-01 00:00:00.5', array(1,NULL,3),
  map('a',1,'b',NULL), named_struct('x',1,'y',named_struct('z','q')), array(array(1),array(),NULL),
  array(named_struct('k','v','n',1)), map(1, array(named_struct('m', map('i',2)))),
  array(map('a',1)), map('k', named_struct('p', 1.10BD)),
  named_struct('l', array(TIMESTAMP'1999-12-31 23:59:59.999999'),
               'd', array(CAST(1.5 AS DECIMAL(30,2))))),
 (NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,
  NULL,NULL,NULL,NULL,NULL),
 (-128Y, -32768S, -2147483648, -9223372036854775808L, CAST('NaN' AS FLOAT),
  CAST('-Infinity' AS DOUBLE), -99.99BD, CAST(-999999999.999 AS DECIMAL(12,3)),
  CAST(-99999999999999999999999999999.999999999 AS DECIMAL(38,9)), false, '', X'',
  DATE'0001-01-01', TIMESTAMP'0001-01-01 00:00:00', TIMESTAMP_NTZ'9999-12-31 23:59:59.999999',
  array(), map(), named_struct('x',NULL,'y',NULL), array(), array(), map(), array(), map(),
  named_struct('l', NULL, 'd', array()))
 AS t(byte,short,int,long,float,double,dec4,dec12,dec38,bool,str,bin,date,ts,ntz,arr,map,st,arr2,
      arrst,mapdeep,arrmap,mapst,stdeep)"""
OLD = """SELECT * FROM VALUES
 (DATE'0001-01-01', TIMESTAMP'0001-01-01 00:00:00', array(DATE'1500-02-28'),
  named_struct('d', DATE'1582-10-04','t',TIMESTAMP'1582-10-04 23:59:59.123456'),
  map(DATE'1000-01-01', TIMESTAMP'1000-06-01 12:00:00')),
 (DATE'1582-10-15', TIMESTAMP'1582-10-15 00:00:00', array(DATE'1900-01-01'),
  named_struct('d', DATE'2020-01-01','t',TIMESTAMP'1850-01-01 00:00:00'),
  map(DATE'1999-01-01', TIMESTAMP'2001-06-01 12:00:00')),
 (DATE'9999-12-31', TIMESTAMP'9999-12-31 23:59:59.999999', NULL, NULL, NULL) AS t(d,t,a,s,m)"""
NAMES = """SELECT 1 AS `a b`, 2 AS `c.d`, named_struct('e f', 3, 'g.h', 4) AS `s,;{}()=`,
 5 AS `ünï`, 6 AS `CamelCase`"""
VARIANTS = """SELECT id, CASE id WHEN 0 THEN parse_json('{"a":1,"b":"x","c":[1,2.5,null]}')
 WHEN 1 THEN parse_json('{"a":2,"b":"y"}') WHEN 2 THEN parse_json('[1,2]')
 WHEN 3 THEN parse_json('"text"') WHEN 4 THEN NULL ELSE parse_json('null') END AS v FROM range(6)"""
NESTED_VARIANTS = """SELECT id, named_struct('v', v, 'l', array(v, NULL)) AS s, map('k', v) AS m, v FROM
 (SELECT id, CASE id WHEN 0 THEN parse_json('{"i":1,"s":"x","l":[1,2],"o":{"p":1,"q":"z"},"n":1.25}')
 WHEN 1 THEN parse_json('{"i":"no","s":7,"l":[1,"x",null],"o":{"p":"y","r":[]},"n":1e300,"more":true}')
 WHEN 2 THEN parse_json('{"i":null,"o":[1],"l":{},"n":123456789012345678901234567890}')
 WHEN 3 THEN parse_json('[{"i":1}]') WHEN 4 THEN parse_json('{}')
 WHEN 5 THEN to_variant_object(named_struct('d', DATE'2020-02-29', 't', TIMESTAMP'2021-01-01 00:00:00.5',
  'z', TIMESTAMP_NTZ'2021-01-01 00:00:00', 'x', X'01ff', 'f', 1.5F, 'g', 2.5D, 'y', 1Y, 'b', true))
 ELSE NULL END AS v FROM range(7))"""


def shredded(schema: str) -> dict[str, str]:
    """The settings under which variants are shredded by a schema."""
    return {
        "spark.sql.variant.writeShredding.enabled": "true",
        "spark.sql.variant.forceShreddingSchemaForTest": schema,
        "spark.sql.variant.inferShreddingSchema": "false",
    }


def calendar(mode: str, kind: str, zone: str) -> dict[str, str]:
    """The settings under which old days and moments are written."""
    return {
        PARQUET + "datetimeRebaseModeInWrite": mode,
        PARQUET + "int96RebaseModeInWrite": mode,
        PARQUET + "outputTimestampType": kind,
        ZONE: zone,
    }


FILES: dict[str, tuple[str, dict[str, str]]] = {
    "all": (ALL, {}),
    "all_legacy": (ALL, {PARQUET + "writeLegacyFormat": "true"}),
    "corrected_UTC_INT96": (OLD, calendar("CORRECTED", "INT96", "UTC")),
    "names": (NAMES, {}),
    "variant_shredded": (VARIANTS, shredded("a int, b string")),
    "variant_nested": (NESTED_VARIANTS, {"spark.sql.variant.writeShredding.enabled": "false"}),
}
for zone, kind in (
    ("America/Los_Angeles", "INT96"),
    ("America/Los_Angeles", "TIMESTAMP_MICROS"),
    ("UTC", "TIMESTAMP_MILLIS"),
):
    name = f"legacy_{zone.rpartition('/')[2]}_{kind}"
    FILES[name] = (OLD, calendar("LEGACY", kind, zone))


def main() -> None:
    """The files named, or all of them, anew."""
    spark = (
        SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    )
    place = FOLDER / "answers.json"
    answers: dict[str, object] = json.loads(place.read_text()) if place.exists() else {}
    for name in sys.argv[1:] or FILES:
        query, settings = FILES[name]
        for key, value in ({ZONE: "UTC"} | settings).items():
            spark.conf.set(key, value)
        written = spark.sql(query)
        directory = FOLDER / f"{name}.written"
        written.coalesce(1).write.parquet(str(directory))
        next(directory.glob("part-*")).rename(FOLDER / f"{name}.parquet")
        shutil.rmtree(directory)
        for key in settings:
            spark.conf.unset(key)
        spark.conf.set(ZONE, "UTC")
        read = spark.read.parquet(str(FOLDER / f"{name}.parquet"))
        texts = read.selectExpr(*[f"CAST(`{column}` AS STRING)" for column in written.columns])
        answers[name] = {
            "schema": json.loads(written.schema.json()),
            "rows": [list(row) for row in texts.collect()],
        }
    place.write_text(json.dumps(answers, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
