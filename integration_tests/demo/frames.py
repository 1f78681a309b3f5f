"""Fewer frames of a recorded terminal, from stdin to stdout: a picture need not show each step of a progress line.

Its argument is the path of the checkout, which no picture shows.
"""

import json
import sys

SECONDS_MIN = 0.35

header = json.loads(sys.stdin.readline())
frames = []
for line in sys.stdin:
    at, kind, text = json.loads(line)
    text = text.replace(sys.argv[1], "")
    if frames and at - frames[-1][0] < SECONDS_MIN:
        frames[-1][2] += text
    else:
        frames.append([at, kind, text])
print(json.dumps({key: header[key] for key in ("version", "width", "height")}))
for frame in frames:
    print(json.dumps(frame))
