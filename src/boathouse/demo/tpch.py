"""The 22 questions of the TPC-H benchmark as PySpark DataFrames, with its validation parameters.

Each function takes the eight tables and gives the answer, named, typed and sorted as the
specification asks. They run unchanged on any Spark. `QUERIES` holds them by number.

    tables = Tables.read(spark, "data/tpch")
    q1(tables).show()
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql.functions import (
    avg,
    col,
    count,
    count_distinct,
    lit,
    max,
    min,
    sum,
    when,
    year,
)


@dataclass(frozen=True, slots=True)
class Tables:
    """The eight tables of TPC-H."""

    customer: DataFrame
    lineitem: DataFrame
    nation: DataFrame
    orders: DataFrame
    part: DataFrame
    partsupp: DataFrame
    region: DataFrame
    supplier: DataFrame

    @classmethod
    def read(cls, spark: SparkSession, folder: str) -> Tables:
        """The tables in `folder`, one Parquet file each: `customer.parquet` and so on."""
        names = [field.name for field in fields(cls)]
        return cls(**{name: spark.read.parquet(f"{folder}/{name}.parquet") for name in names})


def revenue() -> Column:
    """What a line item brings in: its price less the discount."""
    return col("l_extendedprice") * (1 - col("l_discount"))


def q1(tables: Tables) -> DataFrame:
    """Pricing summary: what was billed, shipped and returned up to a date."""
    return (
        tables.lineitem.where(col("l_shipdate") <= date(1998, 9, 2))
        .groupBy("l_returnflag", "l_linestatus")
        .agg(
            sum("l_quantity").alias("sum_qty"),
            sum("l_extendedprice").alias("sum_base_price"),
            sum(revenue()).alias("sum_disc_price"),
            sum(revenue() * (1 + col("l_tax"))).alias("sum_charge"),
            avg("l_quantity").alias("avg_qty"),
            avg("l_extendedprice").alias("avg_price"),
            avg("l_discount").alias("avg_disc"),
            count("*").alias("count_order"),
        )
        .orderBy("l_returnflag", "l_linestatus")
    )


def q2(tables: Tables) -> DataFrame:
    """Minimum cost supplier: who in Europe sells a part of a kind and size for the least."""
    europe = tables.nation.join(
        tables.region.where(col("r_name") == "EUROPE"), col("n_regionkey") == col("r_regionkey")
    )
    offers = (
        tables.partsupp.join(tables.supplier, col("ps_suppkey") == col("s_suppkey"))
        .join(europe, col("s_nationkey") == col("n_nationkey"))
        .withColumn("lowest", min("ps_supplycost").over(Window.partitionBy("ps_partkey")))
        .where(col("ps_supplycost") == col("lowest"))
    )
    return (
        tables.part.where((col("p_size") == 15) & col("p_type").endswith("BRASS"))
        .join(offers, col("p_partkey") == col("ps_partkey"))
        .select(
            "s_acctbal",
            "s_name",
            "n_name",
            "p_partkey",
            "p_mfgr",
            "s_address",
            "s_phone",
            "s_comment",
        )
        .orderBy(col("s_acctbal").desc(), "n_name", "s_name", "p_partkey")
        .limit(100)
    )


def q3(tables: Tables) -> DataFrame:
    """Shipping priority: the most valuable orders that had not been shipped by a date."""
    day = date(1995, 3, 15)
    return (
        tables.customer.where(col("c_mktsegment") == "BUILDING")
        .join(tables.orders.where(col("o_orderdate") < day), col("c_custkey") == col("o_custkey"))
        .join(
            tables.lineitem.where(col("l_shipdate") > day), col("l_orderkey") == col("o_orderkey")
        )
        .groupBy("l_orderkey", "o_orderdate", "o_shippriority")
        .agg(sum(revenue()).alias("revenue"))
        .select("l_orderkey", "revenue", "o_orderdate", "o_shippriority")
        .orderBy(col("revenue").desc(), "o_orderdate")
        .limit(10)
    )


def q4(tables: Tables) -> DataFrame:
    """Order priority: how many orders of a quarter had a line that was received late."""
    late = tables.lineitem.where(col("l_commitdate") < col("l_receiptdate"))
    return (
        tables.orders.where(within("o_orderdate", date(1993, 7, 1), date(1993, 10, 1)))
        .join(late, col("l_orderkey") == col("o_orderkey"), "left_semi")
        .groupBy("o_orderpriority")
        .agg(count("*").alias("order_count"))
        .orderBy("o_orderpriority")
    )


def q5(tables: Tables) -> DataFrame:
    """Local supplier volume: revenue in Asia from suppliers of the customer's own nation."""
    asia = tables.nation.join(
        tables.region.where(col("r_name") == "ASIA"), col("n_regionkey") == col("r_regionkey")
    )
    orders = tables.orders.where(within("o_orderdate", date(1994, 1, 1), date(1995, 1, 1)))
    return (
        tables.customer.join(orders, col("c_custkey") == col("o_custkey"))
        .join(tables.lineitem, col("l_orderkey") == col("o_orderkey"))
        .join(
            tables.supplier,
            (col("l_suppkey") == col("s_suppkey")) & (col("c_nationkey") == col("s_nationkey")),
        )
        .join(asia, col("s_nationkey") == col("n_nationkey"))
        .groupBy("n_name")
        .agg(sum(revenue()).alias("revenue"))
        .orderBy(col("revenue").desc())
    )


def q6(tables: Tables) -> DataFrame:
    """Forecasting revenue change: what small discounts on small orders cost in a year."""
    return tables.lineitem.where(
        within("l_shipdate", date(1994, 1, 1), date(1995, 1, 1))
        & col("l_discount").between(Decimal("0.05"), Decimal("0.07"))
        & (col("l_quantity") < 24)
    ).agg(sum(col("l_extendedprice") * col("l_discount")).alias("revenue"))


def q7(tables: Tables) -> DataFrame:
    """Volume shipping: trade between France and Germany, by year."""
    seller = tables.nation.select(
        col("n_nationkey").alias("seller"), col("n_name").alias("supp_nation")
    )
    buyer = tables.nation.select(
        col("n_nationkey").alias("buyer"), col("n_name").alias("cust_nation")
    )
    pair = ("FRANCE", "GERMANY")
    across = (
        col("supp_nation").isin(*pair)
        & col("cust_nation").isin(*pair)
        & (col("supp_nation") != col("cust_nation"))
    )
    return (
        tables.lineitem.where(col("l_shipdate").between(date(1995, 1, 1), date(1996, 12, 31)))
        .join(tables.supplier, col("s_suppkey") == col("l_suppkey"))
        .join(tables.orders, col("o_orderkey") == col("l_orderkey"))
        .join(tables.customer, col("c_custkey") == col("o_custkey"))
        .join(seller, col("s_nationkey") == col("seller"))
        .join(buyer, col("c_nationkey") == col("buyer"))
        .where(across)
        .groupBy("supp_nation", "cust_nation", year("l_shipdate").alias("l_year"))
        .agg(sum(revenue()).alias("revenue"))
        .orderBy("supp_nation", "cust_nation", "l_year")
    )


def q8(tables: Tables) -> DataFrame:
    """National market share: Brazil's part of what America buys of one kind of steel, by year."""
    america = tables.nation.join(
        tables.region.where(col("r_name") == "AMERICA"), col("n_regionkey") == col("r_regionkey")
    ).select(col("n_nationkey").alias("buyer"))
    seller = tables.nation.select(col("n_nationkey").alias("seller"), col("n_name").alias("nation"))
    from_brazil = when(col("nation") == "BRAZIL", revenue()).otherwise(0)
    return (
        tables.part.where(col("p_type") == "ECONOMY ANODIZED STEEL")
        .join(tables.lineitem, col("p_partkey") == col("l_partkey"))
        .join(tables.supplier, col("s_suppkey") == col("l_suppkey"))
        .join(tables.orders, col("l_orderkey") == col("o_orderkey"))
        .where(col("o_orderdate").between(date(1995, 1, 1), date(1996, 12, 31)))
        .join(tables.customer, col("o_custkey") == col("c_custkey"))
        .join(america, col("c_nationkey") == col("buyer"))
        .join(seller, col("s_nationkey") == col("seller"))
        .groupBy(year("o_orderdate").alias("o_year"))
        .agg((sum(from_brazil) / sum(revenue())).alias("mkt_share"))
        .orderBy("o_year")
    )


def q9(tables: Tables) -> DataFrame:
    """Product type profit: what green parts earned, by nation and year."""
    profit = revenue() - col("ps_supplycost") * col("l_quantity")
    return (
        tables.part.where(col("p_name").contains("green"))
        .join(tables.lineitem, col("p_partkey") == col("l_partkey"))
        .join(
            tables.partsupp,
            (col("ps_suppkey") == col("l_suppkey")) & (col("ps_partkey") == col("l_partkey")),
        )
        .join(tables.supplier, col("s_suppkey") == col("l_suppkey"))
        .join(tables.orders, col("o_orderkey") == col("l_orderkey"))
        .join(tables.nation, col("s_nationkey") == col("n_nationkey"))
        .groupBy(col("n_name").alias("nation"), year("o_orderdate").alias("o_year"))
        .agg(sum(profit).alias("sum_profit"))
        .orderBy("nation", col("o_year").desc())
    )


def q10(tables: Tables) -> DataFrame:
    """Returned items: the twenty customers whose returns of a quarter cost most."""
    orders = tables.orders.where(within("o_orderdate", date(1993, 10, 1), date(1994, 1, 1)))
    customer = ["c_custkey", "c_name", "c_acctbal", "c_phone", "n_name", "c_address", "c_comment"]
    return (
        tables.customer.join(orders, col("c_custkey") == col("o_custkey"))
        .join(
            tables.lineitem.where(col("l_returnflag") == "R"),
            col("l_orderkey") == col("o_orderkey"),
        )
        .join(tables.nation, col("c_nationkey") == col("n_nationkey"))
        .groupBy(*customer)
        .agg(sum(revenue()).alias("revenue"))
        .select(
            "c_custkey",
            "c_name",
            "revenue",
            "c_acctbal",
            "n_name",
            "c_address",
            "c_phone",
            "c_comment",
        )
        .orderBy(col("revenue").desc())
        .limit(20)
    )


def q11(tables: Tables) -> DataFrame:
    """Important stock: parts that make up more than a ten-thousandth of what Germany holds."""
    worth = sum(col("ps_supplycost") * col("ps_availqty"))
    german = tables.partsupp.join(tables.supplier, col("ps_suppkey") == col("s_suppkey")).join(
        tables.nation.where(col("n_name") == "GERMANY"), col("s_nationkey") == col("n_nationkey")
    )
    threshold = german.select(worth * Decimal("0.0001")).scalar()
    return (
        german.groupBy("ps_partkey")
        .agg(worth.alias("value"))
        .where(col("value") > threshold)
        .orderBy(col("value").desc())
    )


def q12(tables: Tables) -> DataFrame:
    """Shipping modes: does slow shipping delay urgent orders?"""
    urgent = col("o_orderpriority").isin("1-URGENT", "2-HIGH")
    return (
        tables.lineitem.where(
            col("l_shipmode").isin("MAIL", "SHIP")
            & (col("l_commitdate") < col("l_receiptdate"))
            & (col("l_shipdate") < col("l_commitdate"))
            & within("l_receiptdate", date(1994, 1, 1), date(1995, 1, 1))
        )
        .join(tables.orders, col("o_orderkey") == col("l_orderkey"))
        .groupBy("l_shipmode")
        .agg(
            sum(when(urgent, 1).otherwise(0)).alias("high_line_count"),
            sum(when(~urgent, 1).otherwise(0)).alias("low_line_count"),
        )
        .orderBy("l_shipmode")
    )


def q13(tables: Tables) -> DataFrame:
    """Customer distribution: how many customers have placed how many orders, none included."""
    ordinary = tables.orders.where(~col("o_comment").like("%special%requests%"))
    return (
        tables.customer.join(ordinary, col("c_custkey") == col("o_custkey"), "left")
        .groupBy("c_custkey")
        .agg(count("o_orderkey").alias("c_count"))
        .groupBy("c_count")
        .agg(count("*").alias("custdist"))
        .orderBy(col("custdist").desc(), col("c_count").desc())
    )


def q14(tables: Tables) -> DataFrame:
    """Promotion effect: which percentage of a month's revenue came from promoted parts."""
    promoted = when(col("p_type").startswith("PROMO"), revenue()).otherwise(0)
    return (
        tables.lineitem.where(within("l_shipdate", date(1995, 9, 1), date(1995, 10, 1)))
        .join(tables.part, col("l_partkey") == col("p_partkey"))
        .agg((100 * sum(promoted) / sum(revenue())).alias("promo_revenue"))
    )


def q15(tables: Tables) -> DataFrame:
    """Top supplier: who brought in the most in a quarter."""
    earned = (
        tables.lineitem.where(within("l_shipdate", date(1996, 1, 1), date(1996, 4, 1)))
        .groupBy(col("l_suppkey").alias("supplier_no"))
        .agg(sum(revenue()).alias("total_revenue"))
    )
    best = earned.select(max("total_revenue")).scalar()
    return (
        tables.supplier.join(earned, col("s_suppkey") == col("supplier_no"))
        .where(col("total_revenue") == best)
        .select("s_suppkey", "s_name", "s_address", "s_phone", "total_revenue")
        .orderBy("s_suppkey")
    )


def q16(tables: Tables) -> DataFrame:
    """Parts and suppliers: how many suppliers without complaints offer which parts."""
    sizes = (49, 14, 23, 45, 19, 3, 36, 9)
    parts = tables.part.where(
        (col("p_brand") != "Brand#45")
        & ~col("p_type").startswith("MEDIUM POLISHED")
        & col("p_size").isin(*sizes)
    )
    complained = tables.supplier.where(col("s_comment").like("%Customer%Complaints%"))
    return (
        tables.partsupp.join(parts, col("p_partkey") == col("ps_partkey"))
        .join(complained, col("ps_suppkey") == col("s_suppkey"), "left_anti")
        .groupBy("p_brand", "p_type", "p_size")
        .agg(count_distinct("ps_suppkey").alias("supplier_cnt"))
        .orderBy(col("supplier_cnt").desc(), "p_brand", "p_type", "p_size")
    )


def q17(tables: Tables) -> DataFrame:
    """Small quantity orders: yearly revenue lost without a part's smallest orders."""
    parts = tables.part.where((col("p_brand") == "Brand#23") & (col("p_container") == "MED BOX"))
    usual = avg("l_quantity").over(Window.partitionBy("p_partkey"))
    years = lit("7.0").cast("decimal(2,1)")  # the data spans seven
    return (
        tables.lineitem.join(parts, col("p_partkey") == col("l_partkey"))
        .withColumn("usual_quantity", usual)
        .where(col("l_quantity") < Decimal("0.2") * col("usual_quantity"))
        .agg((sum("l_extendedprice") / years).alias("avg_yearly"))
    )


def q18(tables: Tables) -> DataFrame:
    """Large volume customers: who placed orders of more than 300 pieces."""
    large = (
        tables.lineitem.groupBy("l_orderkey")
        .agg(sum("l_quantity").alias("quantity"))
        .where(col("quantity") > 300)
    )
    orders = tables.orders.join(large, col("o_orderkey") == col("l_orderkey"), "left_semi")
    return (
        tables.customer.join(orders, col("c_custkey") == col("o_custkey"))
        .join(tables.lineitem, col("o_orderkey") == col("l_orderkey"))
        .groupBy("c_name", "c_custkey", "o_orderkey", "o_orderdate", "o_totalprice")
        .agg(sum("l_quantity"))
        .orderBy(col("o_totalprice").desc(), "o_orderdate")
        .limit(100)
    )


def q19(tables: Tables) -> DataFrame:
    """Discounted revenue: parts of three brands and sizes, delivered by air in person."""

    def kind(brand: str, size: str, boxes: list[str], quantity: int, largest: int) -> Column:
        return (
            (col("p_brand") == brand)
            & col("p_container").isin(*(f"{size} {box}" for box in boxes))
            & col("l_quantity").between(quantity, quantity + 10)
            & col("p_size").between(1, largest)
        )

    return (
        tables.lineitem.where(
            col("l_shipmode").isin("AIR", "AIR REG")
            & (col("l_shipinstruct") == "DELIVER IN PERSON")
        )
        .join(tables.part, col("p_partkey") == col("l_partkey"))
        .where(
            kind("Brand#12", "SM", ["CASE", "BOX", "PACK", "PKG"], 1, 5)
            | kind("Brand#23", "MED", ["BAG", "BOX", "PKG", "PACK"], 10, 10)
            | kind("Brand#34", "LG", ["CASE", "BOX", "PACK", "PKG"], 20, 15)
        )
        .agg(sum(revenue()).alias("revenue"))
    )


def q20(tables: Tables) -> DataFrame:
    """Potential part promotion: Canadian suppliers with more forest parts than they need."""
    forest = tables.part.where(col("p_name").startswith("forest"))
    shipped = (
        tables.lineitem.where(within("l_shipdate", date(1994, 1, 1), date(1995, 1, 1)))
        .groupBy("l_partkey", "l_suppkey")
        .agg(sum("l_quantity").alias("quantity"))
    )
    excess = (
        tables.partsupp.join(forest, col("ps_partkey") == col("p_partkey"), "left_semi")
        .join(
            shipped,
            (col("l_partkey") == col("ps_partkey")) & (col("l_suppkey") == col("ps_suppkey")),
        )
        .where(col("ps_availqty") > Decimal("0.5") * col("quantity"))
    )
    return (
        tables.supplier.join(excess, col("s_suppkey") == col("ps_suppkey"), "left_semi")
        .join(
            tables.nation.where(col("n_name") == "CANADA"), col("s_nationkey") == col("n_nationkey")
        )
        .select("s_name", "s_address")
        .orderBy("s_name")
    )


def q21(tables: Tables) -> DataFrame:
    """Suppliers who kept orders waiting: they alone were late, others on the order were not."""
    late = tables.lineitem.where(col("l_receiptdate") > col("l_commitdate"))
    other = (col("mine.l_orderkey") == col("other.l_orderkey")) & (
        col("mine.l_suppkey") != col("other.l_suppkey")
    )
    return (
        late.alias("mine")
        .join(tables.lineitem.alias("other"), other, "left_semi")
        .join(late.alias("other"), other, "left_anti")
        .join(
            tables.orders.where(col("o_orderstatus") == "F"), col("o_orderkey") == col("l_orderkey")
        )
        .join(tables.supplier, col("s_suppkey") == col("l_suppkey"))
        .join(
            tables.nation.where(col("n_name") == "SAUDI ARABIA"),
            col("s_nationkey") == col("n_nationkey"),
        )
        .groupBy("s_name")
        .agg(count("*").alias("numwait"))
        .orderBy(col("numwait").desc(), "s_name")
        .limit(100)
    )


def q22(tables: Tables) -> DataFrame:
    """Global sales opportunity: well-off customers of seven countries who have never ordered."""
    countries = ("13", "31", "23", "29", "30", "18", "17")
    customers = tables.customer.withColumn("cntrycode", col("c_phone").substr(1, 2)).where(
        col("cntrycode").isin(*countries)
    )
    usual = customers.where(col("c_acctbal") > 0).select(avg("c_acctbal")).scalar()
    return (
        customers.where(col("c_acctbal") > usual)
        .join(tables.orders, col("o_custkey") == col("c_custkey"), "left_anti")
        .groupBy("cntrycode")
        .agg(count("*").alias("numcust"), sum("c_acctbal").alias("totacctbal"))
        .orderBy("cntrycode")
    )


def within(column: str, first: date, end: date) -> Column:
    """Whether `column` is a day from `first` up to, not including, `end`."""
    return (col(column) >= first) & (col(column) < end)


_ALL = (
    *(q1, q2, q3, q4, q5, q6, q7, q8, q9, q10, q11),
    *(q12, q13, q14, q15, q16, q17, q18, q19, q20, q21, q22),
)

QUERIES: Final[Mapping[int, Callable[[Tables], DataFrame]]] = MappingProxyType(
    dict(enumerate(_ALL, start=1))
)
