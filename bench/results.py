"""Do the peers and scrm-calc say the same? Every figure of every month and channel, of the total, and of the buckets."""

import csv
import json
from fractions import Fraction
from pathlib import Path

# A column of the peers, and the key of scrm-calc that must equal it.
COUNTS = {
    "new_users": "traffic.new_users",
    "users": "direct.users",
    "buyers": "direct.buyers",
    "orders": "direct.orders",
    "distributors": "distribution.distributors",
    "active": "distribution.active",
    "dist_buyers": "distribution.buyers",
    "dist_orders": "distribution.orders",
}
MONEY = {
    "ad_spend": "traffic.ad_spend",
    "team_cost": "traffic.team_cost",
    "other_cost": "traffic.other_cost",
    "traffic_cost": "traffic.cost",
    "gross": "direct.gross",
    "refunds": "direct.refunds",
    "revenue": "direct.revenue",
    "profit": "direct.profit",
    "dist_gross": "distribution.gross",
    "dist_refunds": "distribution.refunds",
    "dist_revenue": "distribution.revenue",
    "commission": "distribution.commission",
    "dist_profit": "distribution.profit",
}
# What follows from these. The peers leave it to whoever reads their table; here it is worked out from their figures.
TOTALS = {
    "total.revenue": ("direct.revenue", "distribution.revenue"),
    "total.cost": ("traffic.cost", "distribution.commission"),
    "total.profit": ("direct.profit", "distribution.profit"),
}
RATIOS = {
    "traffic.cost_per_user": ("traffic.ad_spend", "traffic.new_users"),
    "direct.conversion": ("direct.buyers", "direct.users"),
    "direct.revenue_per_buyer": ("direct.revenue", "direct.buyers"),
    "direct.orders_per_buyer": ("direct.orders", "direct.buyers"),
    "direct.order_value": ("direct.revenue", "direct.orders"),
    "distribution.distributor_rate": ("distribution.distributors", "direct.users"),
    "distribution.active_rate": ("distribution.active", "distribution.distributors"),
    "distribution.revenue_per_active": ("distribution.revenue", "distribution.active"),
    "total.margin": ("total.profit", "total.revenue"),
}
BUCKETS = {"1": "distribution", "2": "unknown_user", "3": "before_joining", "4": "direct"}


def decimal(value: Fraction, places: int) -> str:
    """As it is written with so many decimals, halves away from zero."""
    scaled = abs(value) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    digits = str(whole).rjust(places + 1, "0")
    sign = "-" if value < 0 and whole else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


def ratio(figures: dict, over: str, under: str) -> str | None:
    base = figures[under]
    if base == 0 or under == "total.revenue" and base < 0:
        return None
    return decimal(Fraction(figures[over], base), 6)


def expected(row: dict) -> dict:
    """A row of the peers as scrm-calc would write it."""
    figures = {key: Fraction(row[name]) for name, key in COUNTS.items()}
    figures |= {key: Fraction(int(row[name]), 100) for name, key in MONEY.items()}
    figures |= {key: sum(figures[part] for part in parts) for key, parts in TOTALS.items()}
    written = {key: int(figures[key]) for key in COUNTS.values()}
    written |= {key: decimal(figures[key], 2) for key in [*MONEY.values(), *TOTALS]}
    return written | {key: ratio(figures, *parts) for key, parts in RATIOS.items()}


def of_peer(out: Path) -> tuple[dict, dict]:
    """The figures by period and channel, and the buckets."""
    with open(out / "pnl.csv", encoding="utf-8", newline="") as file:
        columns = {(r["period"] or None, r["channel"] or None): expected(r) for r in csv.DictReader(file)}
    with open(out / "buckets.csv", encoding="utf-8", newline="") as file:
        buckets = {BUCKETS[r["bucket"]]: (int(r["orders"]), int(r["amount"])) for r in csv.DictReader(file)}
    return columns, buckets


def flat(column: dict) -> dict:
    parts = ("traffic", "direct", "distribution", "total")
    return {f"{part}.{key}": value for part in parts for key, value in column[part].items()}


def of_program(text: str) -> tuple[dict, dict]:
    """The same of `pnl -O json`. What is not money in whole cents could not be equal, and is left as it is."""
    report = json.loads(text)
    columns = {(c["period"], c["channel"]): flat(c) for c in [*report["columns"], report["total"]]}
    told = report["reconciliation"]
    if told["residual"] != "0.00" or told["not_paid"]["orders"]:
        raise SystemExit(f"the reconciliation does not hold: {told}")
    buckets = {key: (told[key]["orders"], round(Fraction(told[key]["amount"]) * 100)) for key in BUCKETS.values()}
    return columns, {key: of for key, of in buckets.items() if of[0]}


def differences(name: str, ours: tuple, theirs: tuple) -> tuple[int, list[str]]:
    """How many figures were compared, and which are not equal. A column that one leaves out must be of zeros."""
    (columns, buckets), (their_columns, their_buckets) = ours, theirs
    nothing = expected(dict.fromkeys([*COUNTS, *MONEY], "0"))
    compared, found = 0, []
    for at in sorted(columns.keys() | their_columns.keys(), key=str):
        mine, other = columns.get(at, nothing), their_columns.get(at, nothing)
        for key in sorted(mine.keys() | other.keys()):
            compared += 1
            if key not in mine or key not in other or mine[key] != other[key]:
                found.append(f"{at} {key}: scrm-calc {mine.get(key)}, {name} {other.get(key)}")
    for key in sorted(buckets.keys() | their_buckets.keys()):
        compared += 2
        if buckets.get(key) != their_buckets.get(key):
            found.append(f"bucket {key}: scrm-calc {buckets.get(key)}, {name} {their_buckets.get(key)}")
    return compared, found
