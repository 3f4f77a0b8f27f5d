"""A clock that can be set for one process alone: what the kernel says goes through a small library that adds to it.

The program under test is not changed, nor is the clock of the machine. Needs Linux and a C compiler.
"""

import mmap
import shutil
import struct
import subprocess
from pathlib import Path

_SOURCE = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *shift; /* nanoseconds: of the clock that people see, and of the one since the boot */

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("SHIFTED_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *found = mmap(0, 16, PROT_READ, MAP_SHARED, file, 0);
    if (found != MAP_FAILED) shift = found;
    close(file);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int failed = syscall(SYS_clock_gettime, clock, now);
    if (failed || !shift || (clock != CLOCK_REALTIME && clock != CLOCK_BOOTTIME)) return failed;
    int64_t all = now->tv_sec * INT64_C(1000000000) + now->tv_nsec + shift[clock == CLOCK_BOOTTIME];
    now->tv_sec = all / 1000000000;
    now->tv_nsec = all % 1000000000;
    return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec fine;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &fine);
    now->tv_sec = fine.tv_sec;
    now->tv_usec = fine.tv_nsec / 1000;
    return 0;
}
"""


def compiler() -> str | None:
    return shutil.which("cc") or shutil.which("gcc")


class ShiftedClock:
    """`environment` gives a process this clock; what is added to it can change while the process runs."""

    def __init__(self, folder: Path, program: str) -> None:
        library, shift = folder / "shifted_clock.so", folder / "clock"
        source = folder / "shifted_clock.c"
        source.write_text(_SOURCE)
        subprocess.run([program, "-O2", "-shared", "-fPIC", "-o", str(library), str(source)], check=True)
        shift.write_bytes(bytes(16))
        with shift.open("r+b") as file:
            self._shift = mmap.mmap(file.fileno(), 16)
        self.environment = {"LD_PRELOAD": str(library), "SHIFTED_CLOCK": str(shift)}

    def close(self) -> None:
        self._shift.close()

    def sleep(self, seconds: float) -> None:
        """The machine was suspended for so long: both clocks know, and what counts running time does not."""
        self._add(0, seconds)
        self._add(1, seconds)

    def set(self, seconds: float) -> None:
        """Somebody has set the clock by so much."""
        self._add(0, seconds)

    def _add(self, which: int, seconds: float) -> None:
        (before,) = struct.unpack_from("q", self._shift, 8 * which)
        struct.pack_into("q", self._shift, 8 * which, before + round(seconds * 1e9))
