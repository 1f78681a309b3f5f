"""Answers every question for a name's IPv4 address with loopback, on port 53 of the network it is in."""

import socket

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
print("listening", flush=True)
while True:
    asked, client = server.recvfrom(512)
    # The question ends behind its name, a type and a class; a record that may follow it (EDNS) is left out.
    question = asked[12 : asked.index(b"\0", 12) + 5]
    address = question[-4:-2] == b"\0\1"
    head = asked[:2] + b"\x81\x80\0\1" + (b"\0\1" if address else b"\0\0") + b"\0\0\0\0"
    answer = b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4\x7f\0\0\1" if address else b""
    server.sendto(head + question + answer, client)
