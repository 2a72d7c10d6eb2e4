"""What the figures were measured on."""

import datetime
import os
import platform
import re
import statistics
import subprocess
import time

SETTINGS = ("shared_buffers", "fsync", "synchronous_commit", "wal_sync_method", "full_page_writes", "wal_level",
            "max_wal_size", "checkpoint_timeout", "autovacuum", "jit", "max_parallel_workers_per_gather",
            "max_parallel_maintenance_workers", "maintenance_work_mem", "lc_collate")


def processor():
    try:
        with open("/proc/cpuinfo") as file:
            return re.search(r"^model name\s*: (.*)", file.read(), re.M).group(1)
    except (OSError, AttributeError):
        return platform.processor() or "unknown"


def flush_microseconds(folder):
    """The median time of fdatasync() after a write of 8 kB."""
    path, times = os.path.join(folder, "flush"), []
    with open(path, "wb", buffering=0) as file:
        for _ in range(200):
            file.seek(0)
            file.write(b"x" * 8192)
            start = time.perf_counter()
            os.fdatasync(file.fileno()) if hasattr(os, "fdatasync") else os.fsync(file.fileno())
            times.append((time.perf_counter() - start) * 1e6)
    os.remove(path)
    return statistics.median(times)


def commit():
    try:
        described = subprocess.run(["git", "describe", "--always", "--dirty"],
                                   cwd=os.path.dirname(__file__), stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, text=True).stdout.strip()
    except OSError:
        described = ""
    return described or "unknown"


def describe(bench, folder):
    """[[what, value], ...]; folder is on the server's disk."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    options = bench.options
    with bench.stores.admin.cursor() as cursor:
        cursor.execute("SHOW server_version")
        version = cursor.fetchone()[0]
        cursor.execute("SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY (%s)"
                       " ORDER BY array_position(%s, name)", (list(SETTINGS), list(SETTINGS)))
        settings = ", ".join("%s = %s" % row for row in cursor.fetchall())
    return [
        ["date", datetime.date.today().isoformat()],
        ["processor", "%s, %d cores" % (processor(), os.cpu_count())],
        ["memory", "%.0f GB" % (memory / 2 ** 30)],
        ["system", "%s %s" % (platform.system(), platform.release())],
        ["load before the run", "%.2f" % os.getloadavg()[0]],
        ["fdatasync of 8 kB", "%.0f us" % flush_microseconds(folder)],
        ["message_db", commit()],
        ["PostgreSQL", version],
        ["its settings", settings],
        ["the run", "rounds: %d, %d messages in the store, %d writes, %d reads, %g s of writers, %d us of a slow flush"
         % (options.rounds, options.messages, options.writes, options.reads, options.seconds, options.delay)],
    ]
