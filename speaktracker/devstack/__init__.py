"""The servers of a development machine, each a child process that never outlives this one."""
