"""Services of a platform: what each takes of its host, and whether it stays up."""

from collections.abc import Mapping

from dashboards.parts import HOST, PLATFORM, RATE, firing, of_rule, query
from dashboards.sheet import Panel, Row, Selector, Sheet
from dashboards.watched import Watched

ALL = ("platform", "host", "service")
HERE = "{{host}} {{service}}"
GROUP = "sum by (platform, host, service)"
SERVICE = Selector("service", "namedprocess_namegroup_num_procs")


def sheet(rules: Mapping[str, Watched]) -> Sheet:
    """The dashboard `service`."""
    return Sheet(
        "service",
        "Service",
        "What each service takes of its host: CPU, memory, descriptors, disk; and its restarts.",
        (PLATFORM, HOST, SERVICE),
        (Row("Now", (firing("Service.*|DaemonDown", *ALL),)), _use(rules), _life(rules)),
        alerts="Service.*|DaemonDown|PlatformDown",
    )


def _use(rules: Mapping[str, Watched]) -> Row:
    read, written = (
        f"{GROUP} (rate(namedprocess_namegroup_{what}_bytes_total[{RATE}]))"
        for what in ("read", "write")
    )
    received, sent = (
        f"sum by (platform, host, service, peer) (rate(service_network_{what}_bytes_total[{RATE}]))"
        for what in ("receive", "transmit")
    )
    to = f"{HERE} to {{{{peer}}}}"
    memory = f"{GROUP} (namedprocess_namegroup_memory_bytes{{memtype='resident'}})"
    return Row(
        "Use",
        (
            of_rule(rules["ServiceCpuHigh"], "CPU", "Of one host's CPUs.", HERE, *ALL),
            of_rule(rules["ServiceMemoryHigh"], "Memory, of the host", "Resident.", HERE, *ALL),
            Panel("Memory", "Resident memory in bytes.", "bytes", (query(memory, HERE, *ALL),)),
            of_rule(
                rules["ServiceFileDescriptorsHigh"],
                "File descriptors",
                "Of what the service's worst process may open.",
                HERE,
                *ALL,
            ),
            Panel(
                "Disk",
                "Bytes a second that the service's processes read and write; without network.",
                "Bps",
                (query(read, f"{HERE} read", *ALL), query(written, f"{HERE} written", *ALL)),
            ),
            Panel(
                "Network",
                "Bytes a second, of the daemons that count what they receive and send; the kernel "
                "does not count by process.",
                "Bps",
                (query(received, f"{HERE} from {{{{peer}}}}", *ALL), query(sent, to, *ALL)),
            ),
            Panel(
                "Threads",
                "Threads of the service's processes.",
                "short",
                (query(f"{GROUP} (namedprocess_namegroup_num_threads)", HERE, *ALL),),
            ),
        ),
    )


def _life(rules: Mapping[str, Watched]) -> Row:
    age = "time() - max by (platform, host, service) ("
    age += "namedprocess_namegroup_oldest_start_time_seconds > 0)"
    return Row(
        "Life",
        (
            of_rule(rules["ServiceNotRunning"], "Processes", "That run now.", HERE, *ALL),
            of_rule(
                rules["ServiceRestarting"],
                "Restarts",
                "How often the oldest process changed within an hour.",
                HERE,
                *ALL,
            ),
            Panel("Age", "Of the oldest process.", "s", (query(age, HERE, *ALL),)),
            Panel(
                "Answers Prometheus",
                "1 while the service's own metrics can be read, 0 while they cannot.",
                "short",
                (query("min by (platform, host, service) (up)", HERE, "platform", "host"),),
                highest=1.0,
            ),
        ),
    )
