"""Hosts by the USE method: for each resource how much of it is used, what waits for it, and its
errors (https://www.brendangregg.com/usemethod.html).
"""

from collections.abc import Mapping

from dashboards.parts import HOST, PLATFORM, RATE, firing, of_rule, query, stat
from dashboards.sheet import Form, Panel, Row, Sheet
from dashboards.watched import Watched

BOTH = ("platform", "host")
HERE = "{{platform}} {{host}}"
DISK = f"{HERE} {{{{mountpoint}}}}"
DEVICE = f"{HERE} {{{{device}}}}"
CARDS = 'device!~"lo|veth.*|docker.*|br-.*"'


def sheet(rules: Mapping[str, Watched]) -> Sheet:
    """The dashboard `host`."""
    return Sheet(
        "host",
        "Host",
        "CPU, memory, disks, network and descriptors of each host: use, saturation, errors.",
        (PLATFORM, HOST),
        (_now(rules), _use(rules), _saturation(rules), _errors(rules)),
        alerts="Host.*",
    )


def _now(rules: Mapping[str, Watched]) -> Row:
    cpu, memory, disk = (rules[name] for name in ("HostCpuHigh", "HostMemoryHigh", "HostDiskFull"))
    files = rules["HostFileDescriptorsHigh"]

    def worst(rule: Watched, title: str, text: str) -> Panel:
        panel = of_rule(rule, title, text, "")
        return stat(panel, title, f"max({rule.expr})", title, *BOTH)

    up = 'count(up{service="node_exporter"} == 1)'
    started = "time() - max(node_boot_time_seconds)"
    return Row(
        "Now",
        (
            worst(cpu, "CPU, busiest host", "The busiest of the hosts selected."),
            worst(memory, "Memory, fullest host", "The fullest of the hosts selected."),
            worst(disk, "Disk, fullest", "The fullest file system of the hosts selected."),
            worst(files, "Descriptors, worst host", "Of what the kernel allows in all."),
            Panel(
                "Hosts that answer",
                "Hosts whose node_exporter answers.",
                "short",
                (query(up, "hosts", *BOTH),),
                Form.STAT,
                width=4,
                height=4,
            ),
            Panel(
                "Up for, youngest host",
                "Since the last restart of the host that was started last.",
                "s",
                (query(started, "up", *BOTH),),
                Form.STAT,
                width=4,
                height=4,
            ),
            firing("Host.*", *BOTH),
        ),
    )


def _use(rules: Mapping[str, Watched]) -> Row:
    modes = "sum by (platform, host, mode) "
    modes += f'(rate(node_cpu_seconds_total{{mode!="idle"}}[{RATE}]))'
    received = (
        f"sum by (platform, host) (rate(node_network_receive_bytes_total{{{CARDS}}}[{RATE}]))"
    )
    sent = f"sum by (platform, host) (rate(node_network_transmit_bytes_total{{{CARDS}}}[{RATE}]))"
    return Row(
        "Use",
        (
            of_rule(rules["HostCpuHigh"], "CPU", "All CPUs of a host together.", HERE, *BOTH),
            Panel(
                "CPU by mode",
                "CPUs' worth of time by what it went to; iowait is time spent waiting for disks.",
                "short",
                (query(modes, f"{HERE} {{{{mode}}}}", *BOTH),),
                stacked=True,
            ),
            of_rule(
                rules["HostMemoryHigh"],
                "Memory",
                "What programs cannot get any more; caches count as free.",
                HERE,
                *BOTH,
            ),
            of_rule(rules["HostDiskFull"], "Disks", "Space of each file system.", DISK, *BOTH),
            of_rule(
                rules["HostInodesLow"],
                "Inodes",
                "Used inodes; without any left no file can be made, however much space there is.",
                DISK,
                *BOTH,
            ),
            of_rule(
                rules["HostFileDescriptorsHigh"],
                "File descriptors",
                "Of what the kernel allows in all.",
                HERE,
                *BOTH,
            ),
            Panel(
                "Network",
                "Bytes a second over network cards, without loopback and containers' own.",
                "Bps",
                (
                    query(received, f"{HERE} in", *BOTH),
                    query(sent, f"{HERE} out", *BOTH),
                ),
            ),
            Panel(
                "Disk traffic",
                "Bytes a second read from and written to disks.",
                "Bps",
                (
                    query(_disk("read_bytes"), f"{HERE} read", *BOTH),
                    query(_disk("written_bytes"), f"{HERE} written", *BOTH),
                ),
                may_be_empty="a host without disks of its own, such as a container",
            ),
        ),
    )


def _disk(what: str) -> str:
    return f"sum by (platform, host) (rate(node_disk_{what}_total[{RATE}]))"


def _saturation(rules: Mapping[str, Watched]) -> Row:
    load = (
        "max by (platform, host) (node_load1)\n/\n"
        'count by (platform, host) (node_cpu_seconds_total{mode="idle"})'
    )
    busy = f"max by (platform, host, device) (rate(node_disk_io_time_seconds_total[{RATE}]))"
    return Row(
        "Saturation",
        (
            Panel(
                "Load per CPU",
                "Processes that run or wait, per CPU, over a minute. Above 1, some wait.",
                "short",
                (query(load, HERE, *BOTH),),
            ),
            Panel(
                "Disk busy",
                "Share of time in which a disk had something to do.",
                "percentunit",
                (query(busy, DEVICE, *BOTH),),
                highest=1.0,
                may_be_empty="a host without disks of its own, such as a container",
            ),
            of_rule(
                rules["HostNetworkSaturated"],
                "Network cards",
                "Traffic, as part of the card's speed.",
                f"{DEVICE} {{{{direction}}}}",
                *BOTH,
                may_be_empty="cards that do not tell their speed, as in virtual machines",
            ),
            of_rule(
                rules["HostConnectionTableFull"],
                "Connection table",
                "Connections that the firewall remembers, of what it can.",
                HERE,
                *BOTH,
                may_be_empty="no firewall that remembers connections",
            ),
        ),
    )


def _errors(rules: Mapping[str, Watched]) -> Row:
    return Row(
        "Errors",
        (
            of_rule(
                rules["HostNetworkErrors"],
                "Network errors",
                "Damaged packets, of all.",
                DEVICE,
                *BOTH,
                may_be_empty="no traffic on any card that is watched",
            ),
            of_rule(
                rules["HostNetworkDrops"],
                "Packets dropped",
                "Whole packets dropped for want of room, of all.",
                DEVICE,
                *BOTH,
                may_be_empty="no traffic on any card that is watched",
            ),
            of_rule(
                rules["HostOutOfMemory"],
                "Killed for want of memory",
                "Processes that the kernel killed, in ten minutes.",
                HERE,
                *BOTH,
            ),
            of_rule(
                rules["HostClockSkewed"],
                "Clock",
                "How far the host's clock is from Prometheus's.",
                HERE,
                *BOTH,
            ),
        ),
    )
