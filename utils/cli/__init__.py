"""The `course` command, one file a subcommand: the only room that knows flags."""
