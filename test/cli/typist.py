#!/usr/bin/env python3
"""Types at a program in a terminal of its own. Reads JSON from stdin: {"command": [...], "answers":
[[what to wait for, what to type], ...]}; prints everything that the terminal showed, and ends as the
program ended. What is waited for must come within 60 s."""
import json, os, pty, select, sys, time

order = json.load(sys.stdin)
child, terminal = pty.fork()
if child == 0:
    os.execvpe(order["command"][0], order["command"], os.environ)
shown, answered_to = "", 0
answers = order["answers"]
until = time.monotonic() + 60
while True:
    ready, _, _ = select.select([terminal], [], [], 0.5)
    if ready:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            data = b""
        if not data:
            break
        shown += data.decode("utf-8", "replace")
    if answers:
        at = shown.find(answers[0][0], answered_to)
        if at >= 0:
            answered_to = at + len(answers[0][0])
            os.write(terminal, (answers.pop(0)[1] + "\r").encode())
            until = time.monotonic() + 60
        elif time.monotonic() > until:
            shown += "\nTYPIST: never saw " + answers[0][0] + "\n"
            os.kill(child, 9)
            break
sys.stdout.write(shown)
sys.stdout.flush()
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 99)
