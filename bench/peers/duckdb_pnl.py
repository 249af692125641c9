"""duckdb_pnl.py DIR OUT [--threads N]: the monthly P&L by channel in DuckDB, by pnl.sql, into OUT/pnl.csv and OUT/buckets.csv."""

import argparse
import csv
import os
from pathlib import Path
from string import Template

import duckdb

TYPES = {
    "order_id": "BIGINT",
    "paid_at": "TIMESTAMP",
    "amount": "DECIMAL(18,2)",
    "refund": "DECIMAL(18,2)",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dir", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    with open(asked.dir / "orders.csv", encoding="utf-8", newline="") as orders:
        names = next(csv.reader(orders))
    columns = ", ".join(f"'{n}': '{TYPES.get(n, 'VARCHAR')}'" for n in names)
    sql = Template(Path(__file__).with_name("pnl.sql").read_text(encoding="utf-8"))
    text = sql.substitute(dir=asked.dir, out=asked.out, threads=asked.threads, order_columns=columns)
    duckdb.connect(":memory:").execute(text)


if __name__ == "__main__":
    main()
