#!/usr/bin/env python3
"""profile.py DIR [PROGRAM]: where `scrm-calc pnl DIR -M --by channel` spends its time on one thread, by stage.

Needs perf and addr2line, and a release build (which has line tables). Each sample is laid to the first stage below whose
pattern is met by a function on its stack, inlined ones too.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))

# In this order; a stage may have several. The functions of a stack stand one a line, the innermost first.
STAGES = [
    ("statement and report", r"pnl::statement|scrm_core::(pnl|commission)::|report::|render::"),
    ("prove: compare", r"proof::repeated|proof::equals"),
    ("other tables: users", r"users::users\b|users::Reading"),
    ("other tables: referrals", r"referrals::referrals\b|referrals::Reading"),
    ("other tables: the rest", r"before_orders|complete_world"),
    ("prove: keep the ids", r"Seen>?::(add|deal|new_block)"),
    ("look up", r"look_up|find_likely|find_buyers|find_referrals|machine::prefetch|foldhash|\bhash\b"),
    ("fold: bucket and sums", r"Fold>?::add|Reading>?::add_plain|Glance>?::|World>?::classify|\border\b"),
    ("check: UTF-8, control characters", r"is_without_controls|simdutf8|validate_utf8"),
    ("read: the file, record ends", r"grid::Feeds|last_feed"),
    ("read cells", r"abreast::|lanes::"),
    ("split", r"Cutter>?::cut|machine::|grid::Marking|Records>?::fill|\bquote_free\b|split::Marks"),
    ("read cells", r"plain_rows|Reading>?::strict|Rows>?::sound|\bRow>?::"),
    ("read: the file, record ends", r"Reader>?::next|Current>?::next|Open>?::fill|_copy_to_iter|vfs_read|chunks::work"),
]


def samples(program: Path, directory: str, work: Path) -> list[list[tuple[int, str, str]]]:
    """Stacks of address, function and object, the innermost first."""
    record = ["perf", "record", "-q", "-o", work / "perf.data", "--call-graph", "dwarf,8192", "-F", "497"]
    command = [program, "pnl", directory, "-q", "-M", "--by", "channel", "-O", "json", "--threads", "1"]
    subprocess.run([*record, *command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    script = ["perf", "script", "-i", work / "perf.data", "--no-inline", "-F", "ip,sym,dso"]
    text = subprocess.run(script, check=True, capture_output=True, text=True).stdout
    frame = re.compile(r"\s+([0-9a-f]+) (.*) \((.*)\)$")
    stacks = [[frame.match(line) for line in block.splitlines()] for block in text.split("\n\n")]
    return [[(int(m[1], 16), m[2], m[3]) for m in stack if m] for stack in stacks if any(stack)]


def inlined(program: Path, addresses: set[int]) -> dict[int, list[str]]:
    """The functions at each address, those that are inlined there first. perf tells offsets in the file."""
    headers = subprocess.run(["readelf", "-lW", program], check=True, capture_output=True, text=True).stdout
    offset, address = re.search(r"LOAD +0x(\w+) 0x(\w+) .* R E ", headers).groups()
    shift = int(address, 16) - int(offset, 16)
    command = ["addr2line", "-a", "-i", "-f", "-C", "-e", program]
    asked = "\n".join(hex(a + shift) for a in sorted(addresses))
    told = subprocess.run(command, input=asked, check=True, capture_output=True, text=True).stdout
    names: dict[int, list[str]] = {}
    for block in re.split(r"^0x(?=[0-9a-f]{16}$)", told, flags=re.M)[1:]:
        at, *lines = block.splitlines()
        names[int(at, 16) - shift] = lines[::2]
    return names


def main() -> None:
    program = Path(sys.argv[2]) if len(sys.argv) > 2 else TARGET / "release/scrm-calc"
    with tempfile.TemporaryDirectory() as work:
        stacks = samples(program, sys.argv[1], Path(work))
    own = {a for stack in stacks for a, _, where in stack if where.endswith(program.name)}
    names = inlined(program, own)
    counts = Counter()
    for stack in stacks:
        text = "\n".join(n for a, name, where in stack for n in (names.get(a) if a in own else None) or [name])
        counts[next((stage for stage, pattern in STAGES if re.search(pattern, text)), "else")] += 1
    print("| Stage | % of the time |\n|:--|--:|")
    for stage in [*dict.fromkeys(stage for stage, _ in STAGES), "else"]:
        print(f"| {stage} | {100 * counts[stage] / len(stacks):.1f} |")


if __name__ == "__main__":
    main()
