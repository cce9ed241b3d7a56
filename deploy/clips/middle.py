"""Keeps the middle loop of an AAC stream (ADTS on stdin) that holds three, and writes it to stdout.

48,000 samples a second over 40 s are 1,875 AAC frames of 1,024 samples exactly. ffmpeg's encoder is one frame late,
hence the one more that is left out at the front.
"""

import sys

FRAMES = 48_000 * 40 // 1024
data = sys.stdin.buffer.read()
frames, at = [], 0
while at + 7 <= len(data):
    length = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
    frames.append(data[at : at + length])
    at += length
middle = frames[FRAMES + 1 : 2 * FRAMES + 1]
assert len(middle) == FRAMES, f"{len(frames)} frames came in"
sys.stdout.buffer.write(b"".join(middle))
