"""python-socketio's blocking client: sync_client.py URL TRANSPORT."""

import queue
import sys
import time

import socketio

from values import BYTES, FLOOD, JSON, MINE, NAMESPACES, TEXT, WHO, fact, same, say, transports

WAIT_S = 20

# This client takes every packet in a thread of its own, a header and its attachments too: only the
# order in which threads happen to run keeps them together.  Threads that are left alone keep it.
sys.setswitchinterval(0.5)


class Events:
    """The events that arrive in a namespace, in order, by name."""

    def __init__(self, sio, namespace):
        self.queues = {}
        for name in ["connect", "connect_error", "auth", "message-back", "flood"]:
            self.queues[name] = queue.Queue()
            sio.on(name, self.taker(name), namespace=namespace)

    def taker(self, name):
        return lambda *args: self.queues[name].put(args)

    def next(self, name):
        return self.queues[name].get(timeout=WAIT_S)


def new_client():
    return socketio.Client(reconnection_delay=0.1, randomization_factor=0)


def ask(sio, namespace, event, *args):
    return sio.call(event, args, namespace=namespace, timeout=WAIT_S)


def main(url, transport):
    sio = new_client()
    events = {namespace: Events(sio, namespace) for namespace in NAMESPACES}
    for namespace in NAMESPACES:
        sio.on("question", lambda q, b: (q, {"b": len(b)}, b), namespace=namespace)

    def echoes(*args):
        for namespace in NAMESPACES:
            sio.emit("message", args, namespace=namespace)
            same(events[namespace].next("message-back"), args)

    def acked(*args):
        for namespace in NAMESPACES:
            same(tuple(ask(sio, namespace, "message-with-ack", *args)), args)

    def connected():
        for namespace in NAMESPACES:
            events[namespace].next("connect")

    with fact("connects to / and joins /custom"):
        sio.connect(
            url, transports=transports(transport), auth=WHO, namespaces=NAMESPACES, wait_timeout=WAIT_S
        )
        connected()
    with fact("its auth payload arrives"):
        for namespace in NAMESPACES:
            same(events[namespace].next("auth"), (WHO,))
    with fact("hears why a namespace refuses it"):
        refused = new_client()
        heard = Events(refused, "/custom")
        auth = {"refuse": "no", "data": {"n": 1}}
        try:
            refused.connect(
                url, transports=transports(transport), auth=auth, namespaces=["/custom"], retry=False
            )
            raise AssertionError("not refused")
        except socketio.exceptions.ConnectionError:
            same(heard.next("connect_error"), ({"message": "no", "data": {"n": 1}},))
        refused.disconnect()

    with fact("exchanges text"):
        echoes(TEXT, "")
    with fact("exchanges JSON"):
        echoes(JSON, [], 1)
    with fact("exchanges binary"):
        echoes(BYTES, {"a": [b"", "x"]}, BYTES[1:])
    with fact("gets acks with text and JSON"):
        acked(TEXT, JSON)
    with fact("gets acks with binary"):
        acked([{"a": BYTES}, 1], BYTES)
    with fact("answers the server's acks with text, JSON and binary"):
        for namespace in NAMESPACES:
            answer = ask(sio, namespace, "emit-with-ack", 20000, "question", TEXT, BYTES)
            same(tuple(answer), (None, TEXT, {"b": 256}, BYTES))

    # Whatever the order of its threads: none is lost or doubled.
    with fact("gets 100 of its messages back in order"):
        for args in MINE:
            sio.emit("message", args)
        same(sorted(events["/"].next("message-back") for _ in MINE), MINE)
    with fact("gets 100 of the server's messages in order"):
        sio.emit("flood", (100, TEXT), namespace="/custom")
        same(sorted(events["/custom"].next("flood") for _ in FLOOD), FLOOD)
    with fact("exchanges messages of 200 KB"):
        echoes("ü" * 100_000, b"\7" * 200_000)

    with fact("outlives heartbeats"):
        time.sleep(5)
        echoes("still here")
    with fact("upgrades to WebSocket"):
        same(sio.transport(), "polling" if transport == "polling" else "websocket")

    with fact("survives a cut of its connection"):
        say(please="cut")
        connected()
        echoes("again", BYTES)

    left = [ask(sio, namespace, "rooms")[0] for namespace in NAMESPACES]
    sio.disconnect()
    say(left=left)


main(*sys.argv[1:])
