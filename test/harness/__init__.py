"""The vocabulary in which the scenarios are written.

Only Python's standard library, and only what an operator or a peer can see: the
program's sockets, files, log lines, exit code and system calls.
"""
