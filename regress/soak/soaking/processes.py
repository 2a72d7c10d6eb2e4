"""What is seen of a process in /proc, which Linux has."""

import os


def is_possible():
    return os.path.exists("/proc/self/status") and os.path.exists(
        "/proc/self/task/%d/children" % os.getpid())


def anonymous_memory(pid):
    """Bytes of a process that are its own; None when it is gone."""
    try:
        with open("/proc/%d/status" % pid) as file:
            for line in file:
                if line.startswith("RssAnon:"):
                    return int(line.split()[1]) * 1024
    except (FileNotFoundError, ProcessLookupError):
        pass
    return None


def open_files(pid):
    try:
        return len(os.listdir("/proc/%d/fd" % pid))
    except (FileNotFoundError, ProcessLookupError):
        return None
