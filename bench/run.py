#!/usr/bin/env python3
"""Measures scrm-calc against DuckDB and Polars: the same question, the same files, in turns.

First all must give the same figures; then each round runs every competitor once, in an order that is rotated, and only
ratios of one round are compared. An uncounted round before fills the file cache. Needs Linux and Python 3.11; the
peers need what requirements.txt names.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import results

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / "bench"
README = BENCH / "README.md"
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
ORDERS = {"XS": 20_000, "S": 1_000_000, "L": 20_000_000, "XL": 100_000_000}
MEASURES = ["all", "one", "ids", "gzip", "demo", "xl"]
PEERS = {"DuckDB": "duckdb_pnl.py", "Polars": "polars_pnl.py"}
# A run of few milliseconds is measured as the mean of this many, one after the other.
DEMO_RUNS = 20


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", "--rounds", type=int, default=5)
    parser.add_argument("--size", choices=ORDERS, default="L", help="of the data [default: L]")
    parser.add_argument("--seed", type=int, default=1, help="of the data")
    parser.add_argument("--data", type=Path, default=TARGET / "bench", help="where data is made, and kept")
    parser.add_argument("--measures", default="all,one,ids,gzip,demo", help=f"of {','.join(MEASURES)}; xl takes 7 GB")
    parser.add_argument("--program", type=Path, help="a built scrm-calc [default: built from here]")
    parser.add_argument("--python", type=Path, help="with DuckDB and Polars [default: bench/.venv's, else this one]")
    parser.add_argument("--write-readme", action="store_true", help="put the tables into bench/README.md")
    asked = parser.parse_args()
    asked.measures = asked.measures.split(",")
    if unknown := set(asked.measures) - set(MEASURES):
        parser.error(f"no such measure: {', '.join(unknown)}")
    own = BENCH / ".venv/bin/python"
    asked.python = asked.python or (own if own.exists() else Path(sys.executable))
    return asked


# ---- what is measured ----------------------------------------------------------------------------------------------


@dataclass
class Run:
    wall: float
    cpu: float
    peak: float
    # What the rest of the machine used meanwhile, in cores.
    others: float


@dataclass
class Competitor:
    name: str
    command: list
    times: int = 1
    runs: list[Run] = field(default_factory=list)

    def middle(self, of: Callable[[Run], float]) -> float:
        return median(of(r) for r in self.runs)


def busy() -> float:
    """Seconds that all cores worked so far."""
    with open("/proc/stat", encoding="ascii") as file:
        ticks = [int(t) for t in file.readline().split()[1:]]
    user, nice, system, _idle, _wait, irq, softirq = ticks[:7]
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def run_once(command: list) -> Run:
    """Runs a command; user and system time and the largest resident size are the kernel's own count of that child."""
    words = [str(w) for w in command]
    quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    before, start = busy(), time.perf_counter()
    child = os.posix_spawnp(words[0], words, os.environ, file_actions=quiet)
    _, status, used = os.wait4(child, 0)
    wall = time.perf_counter() - start
    if status:
        raise SystemExit(f"exit {os.waitstatus_to_exitcode(status)}: {' '.join(words)}")
    cpu = used.ru_utime + used.ru_stime
    return Run(wall, cpu, used.ru_maxrss * 1024 / 1e6, max(0.0, busy() - before - cpu) / wall)


def measure(competitor: Competitor) -> Run:
    runs = [run_once(competitor.command) for _ in range(competitor.times)]
    mean = lambda of: sum(of(r) for r in runs) / len(runs)  # noqa: E731
    return Run(mean(lambda r: r.wall), mean(lambda r: r.cpu), max(r.peak for r in runs), mean(lambda r: r.others))


def take_turns(competitors: list[Competitor], rounds: int) -> None:
    for number in range(rounds + 1):
        at = number % len(competitors)
        for competitor in competitors[at:] + competitors[:at]:
            run = measure(competitor)
            if number:
                competitor.runs.append(run)
                say(f"round {number}: {competitor.name}: {run.wall:.3f} s, {run.cpu:.3f} s CPU, {run.peak:.0f} MB")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# ---- what is needed ------------------------------------------------------------------------------------------------


def build(asked: argparse.Namespace) -> tuple[Path, Path]:
    """The program and the generator."""
    cargo = ["cargo", "build", "--release", "--locked", "--bin", "scrm-calc", "--example", "make_bench"]
    subprocess.run(cargo, cwd=ROOT, check=True)
    return asked.program or TARGET / "release/scrm-calc", TARGET / "release/examples/make_bench"


def data(asked: argparse.Namespace, maker: Path, size: str, *options: str) -> Path:
    """A directory of data, made where it is not there."""
    words = ["--size", size, "--seed", str(asked.seed), *options]
    made = asked.data / "-".join([size, *(o.lstrip("-") for o in options)])
    stamp = made / ".made"
    if not stamp.exists() or stamp.read_text() != " ".join(words):
        say(f"making {made}")
        shutil.rmtree(made, ignore_errors=True)
        subprocess.run([maker, made, *words], check=True)
        stamp.write_text(" ".join(words))
    return made


def pnl(program: Path, directory: Path, *options: str) -> list:
    return [program, "pnl", directory, "-M", "--by", "channel", "-O", "json", "-q", *options]


def agree(asked: argparse.Namespace, program: Path, directory: Path) -> None:
    """Ends the run unless all give the same figures."""
    text = subprocess.run(pnl(program, directory), check=True, capture_output=True, text=True).stdout
    ours = results.of_program(text)
    for name, script in PEERS.items():
        with tempfile.TemporaryDirectory() as out:
            subprocess.run([asked.python, BENCH / "peers" / script, directory, out], check=True)
            compared, found = results.differences(name, ours, results.of_peer(Path(out)))
        if found:
            raise SystemExit("\n".join([*found[:20], f"{len(found)} of {compared} figures differ on {directory}"]))
        say(f"{directory.name}: scrm-calc and {name} agree in {compared:,} figures")


# ---- the story -----------------------------------------------------------------------------------------------------


def competitors(asked: argparse.Namespace, program: Path, maker: Path, out: Path) -> dict[str, Competitor]:
    size = asked.size
    plain = data(asked, maker, size)
    all_of = {"scrm": Competitor("scrm-calc", pnl(program, plain))}

    def add(key: str, name: str, command: list, times: int = 1) -> None:
        all_of[key] = Competitor(name, command, times)

    for name, script in PEERS.items():
        if {"all", "one"} & set(asked.measures):
            add(name, name, [asked.python, BENCH / "peers" / script, plain, out / name])
    if "one" in asked.measures:
        add("one", "scrm-calc, 1 thread", pnl(program, plain, "--threads", "1"))
    if "ids" in asked.measures:
        openid = data(asked, maker, size, "--ids", "openid")
        add("ids", "scrm-calc, ids of 28 characters", pnl(program, openid))
    if "gzip" in asked.measures:
        packed = data(asked, maker, size, "--gzip")
        add("gzip", "scrm-calc, gzip", pnl(program, packed))
        add("gunzip", "gzip -dc", ["gzip", "-dc", *sorted(packed.glob("*.csv.gz"))])
    if "demo" in asked.measures:
        add("demo", "scrm-calc, demo shop", [program, "pnl", ROOT / "examples/demo-shop"], DEMO_RUNS)
    if "xl" in asked.measures:
        add("xl", "scrm-calc, XL", pnl(program, data(asked, maker, "XL")))
    return all_of


def ratios(asked: argparse.Namespace, of: dict[str, Competitor]) -> list[tuple[str, str]]:
    """Each measure with its value: the middle of the ratios of the rounds."""
    wall, cpu, peak = (lambda r: r.wall), (lambda r: r.cpu), (lambda r: r.peak)
    rows = []

    def row(text: str, ours: str, theirs: str, what: Callable[[Run], float], scale: float = 1.0) -> None:
        pairs = zip(of[ours].runs, of[theirs].runs, strict=True)
        rows.append((text, f"{median(what(a) / what(b) for a, b in pairs) * scale:.2f}"))

    def against_best(text: str, ours: str, what: Callable[[Run], float]) -> None:
        best = min(PEERS, key=lambda name: of[name].middle(what))
        row(f"{text}, against {best}", ours, best, what)

    if "all" in asked.measures:
        for name, what in [("time", wall), ("CPU time", cpu), ("peak memory", peak)]:
            against_best(f"{name}, all cores", "scrm", what)
    if "one" in asked.measures:
        against_best("time, one thread against all cores", "one", wall)
        against_best("CPU time, one thread", "one", cpu)
    if "ids" in asked.measures:
        for name, what in [("time", wall), ("CPU time", cpu), ("peak memory", peak)]:
            row(f"{name}, ids of 28 characters against short ones", "ids", "scrm", what)
    if "gzip" in asked.measures:
        row("time, gzip input against `gzip -dc` alone", "gzip", "gunzip", wall)
    if "xl" in asked.measures:
        per_order = ORDERS[asked.size] / ORDERS["XL"]
        row(f"time per order, XL against {asked.size}", "xl", "scrm", wall, per_order)
        row(f"CPU time per order, XL against {asked.size}", "xl", "scrm", cpu, per_order)
    if "demo" in asked.measures:
        rows.append(("demo shop, whole process", f"{of['demo'].middle(wall) * 1000:.1f} ms"))
    return rows


def version(*command) -> str:
    told = subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True, cwd=ROOT)
    return told.stdout.strip()


def machine(asked: argparse.Namespace, of: dict[str, Competitor]) -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    import_both = "import duckdb, polars; print(f'DuckDB {duckdb.__version__}, Polars {polars.__version__}')"
    others = median(r.others for c in of.values() for r in c.runs)
    return (
        f"Revision {version('git', 'describe', '--always', '--dirty')}, {version('rustc', '--version')}; "
        f"{version(asked.python, '-c', import_both)}; Python {version(asked.python, '-c', 'import platform as p; print(p.python_version())')}. "
        f"{models[0] if models else platform.machine()}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB, "
        f"Linux {platform.release()}. Size {asked.size} ({ORDERS[asked.size]:,} orders), seed {asked.seed}; "
        f"medians of {asked.rounds} rounds; others used {others:.2f} cores meanwhile."
    )


def report(asked: argparse.Namespace, of: dict[str, Competitor]) -> str:
    lines = [machine(asked, of), "", "| | Time, s | CPU time, s | Peak memory, MB |", "|:--|--:|--:|--:|"]
    for c in of.values():
        wall, cpu = c.middle(lambda r: r.wall), c.middle(lambda r: r.cpu)
        lines.append(f"| {c.name} | {wall:.3f} | {cpu:.3f} | {c.middle(lambda r: r.peak):,.0f} |")
    lines += ["", "| Measure | Ratio |", "|:--|--:|"]
    lines += [f"| {text} | {value} |" for text, value in ratios(asked, of)]
    return "\n".join(lines)


BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def write_readme(tables: str) -> None:
    text = README.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    _, tail = rest.split(END)
    README.write_text(f"{head}{BEGIN}\n\n{tables}\n\n{END}{tail}", encoding="utf-8")


def main() -> None:
    asked = arguments()
    program, maker = build(asked)
    if {"all", "one"} & set(asked.measures):
        agree(asked, program, data(asked, maker, "S", "--quoted-newlines"))
        agree(asked, program, data(asked, maker, asked.size))
    with tempfile.TemporaryDirectory() as out:
        of = competitors(asked, program, maker, Path(out))
        take_turns(list(of.values()), asked.rounds)
    tables = report(asked, of)
    print(tables)
    if asked.write_readme:
        write_readme(tables)


if __name__ == "__main__":
    main()
