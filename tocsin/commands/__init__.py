"""The commands of `tocsin`, one file each: options in, exit code out."""
