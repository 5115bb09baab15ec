"""`python -m daemonkit.supervisor services.yaml`, as `tocsin-supervise services.yaml`."""

from daemonkit.supervisor.command import main

if __name__ == "__main__":
    main(prog_name="tocsin-supervise")
