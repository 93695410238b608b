"""The commands, one module each; those of the course stand in `drandlab.cli.lessons`."""
