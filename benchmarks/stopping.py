"""How long the daemon takes from SIGTERM to its end, whatever it does: python benchmarks/stopping.py [--rounds 3]

Wall clock; the goal is 5 s. Afterwards there has to be exit code 0, no traceback, no process left, no write-ahead log,
and an audit whose chain holds. While it waits for a model: tests/test_daemon_model.py. Needs Mosquitto and PulseAudio.
Exit code 1 where anything is not so.
"""

import argparse
import statistics
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path[:0] = [str(Path(__file__).parent.parent / "tests"), str(Path(__file__).parent.parent)]

from real_mosquitto import serving  # noqa: E402
from stopping_states import STATES, State, ended, left, place_of  # noqa: E402


def stopped(state: State) -> tuple[float, list[str]]:
    with serving() as broker:
        with place_of(broker.folder, broker) as place:
            seconds, wrong = ended(daemon := state(place))
        return seconds, wrong + left(daemon.state)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="states whose name holds this")
    given = parser.parse_args()
    table = Table("while", "median s", "longest s", "what is wrong then")
    console, faults = Console(width=140), 0
    for name, state in STATES.items():
        if given.only not in name:
            continue
        found = [stopped(state) for _ in range(given.rounds)]
        seconds, wrong = [one for one, _ in found], sorted({fault for _, faults in found for fault in faults})
        faults += len(wrong)
        table.add_row(name, f"{statistics.median(seconds):.2f}", f"{max(seconds):.2f}", "; ".join(wrong) or "nothing")
    console.print(table)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
