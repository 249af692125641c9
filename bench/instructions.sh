#!/usr/bin/env bash
# Counts the instructions that one order costs, and compares them with what was recorded.
#
#   bench/instructions.sh              # prints them
#   bench/instructions.sh --check      # ... and exits 1 where they are more than instructions.limit allows
#   bench/instructions.sh --record     # ... and writes them there
#
# A count hardly depends on the machine and not at all on what else it does, so that a slower program shows where a
# clock would not tell. It says nothing of memory that is waited for: what is measured with a clock is bench/run.py's.
#
# Counted is one thread over size XS (20,000 orders), less the same run with every tenth of these orders alone: what the
# start and the other tables cost falls out. Needs valgrind.
set -euo pipefail
cd "$(dirname "$0")/.."

limit=bench/instructions.limit
target=${CARGO_TARGET_DIR:-target}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cargo build --quiet --release --locked --bin scrm-calc
cargo run --quiet --locked --example make_bench -- "$work/many" --size XS
mkdir "$work/few"
cp "$work/many"/* "$work/few"
awk 'NR % 10 == 1' "$work/many/orders.csv" > "$work/few/orders.csv"

# Instructions of the program over a directory.
count() {
  local log=$work/log
  valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null --log-file="$log" \
    "$target/release/scrm-calc" pnl "$1" -M --by channel -O json --threads 1 -q > /dev/null
  sed -n 's/^==[0-9]*== I *refs: *//p' "$log" | tr -d ,
}

many=$(count "$work/many")
few=$(count "$work/few")
per_order=$(((many - few) / 18000))
compiler=$(rustc --version | cut -d' ' -f2)
echo "$per_order instructions per order ($many in all; rustc $compiler)"

case ${1:-} in
  --record)
    printf '%s %s\n' "$per_order" "$compiler" > "$limit"
    echo "recorded in $limit"
    ;;
  --check)
    read -r recorded with < "$limit"
    # Another compiler counts otherwise, for which nobody here is to blame.
    percent=3
    if [ "$with" != "$compiler" ]; then
      percent=10
      echo "recorded with rustc $with, so that $percent % more are allowed; --record renews it"
    fi
    allowed=$((recorded * (100 + percent) / 100))
    if [ "$per_order" -gt "$allowed" ]; then
      echo "more than the $allowed that $limit allows ($recorded + $percent %)" >&2
      exit 1
    fi
    echo "within $allowed ($recorded + $percent %)"
    ;;
esac
