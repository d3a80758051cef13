"""Runs a command at a pseudo terminal, answers its questions, and prints what the terminal showed.

Arguments: a JSON array of [question, answer] pairs, and the command. Ends with the command's exit code.
"""
import json
import os
import pty
import sys

answers = json.loads(sys.argv[1])
child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[2], sys.argv[2:])

shown = b''
asked = 0
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:  # Linux tells the end of a terminal by EIO.
        break
    if not piece:
        break
    shown += piece
    if answers and answers[0][0].encode() in shown[asked:]:
        asked = len(shown)
        os.write(terminal, answers.pop(0)[1].encode() + b'\r')

sys.stdout.buffer.write(shown)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
