"""python-socketio's asyncio client: asyncio_client.py URL TRANSPORT."""

import asyncio
import sys

import socketio

from values import BYTES, FLOOD, JSON, MINE, NAMESPACES, TEXT, WHO, fact, same, say, transports

WAIT_S = 20


class Events:
    """The events that arrive in a namespace, in order, by name."""

    def __init__(self, sio, namespace):
        self.queues = {}
        for name in ["connect", "connect_error", "auth", "message-back", "flood"]:
            sio.on(name, self.taker(name), namespace=namespace)

    def queue(self, name):
        return self.queues.setdefault(name, asyncio.Queue())

    def taker(self, name):
        async def take(*args):
            self.queue(name).put_nowait(args)

        return take

    async def next(self, name):
        return await asyncio.wait_for(self.queue(name).get(), WAIT_S)


def new_client():
    return socketio.AsyncClient(reconnection_delay=0.1, randomization_factor=0)


async def ask(sio, namespace, event, *args):
    return await sio.call(event, args, namespace=namespace, timeout=WAIT_S)


async def main(url, transport):
    sio = new_client()
    events = {namespace: Events(sio, namespace) for namespace in NAMESPACES}
    for namespace in NAMESPACES:
        sio.on("question", lambda q, b: (q, {"b": len(b)}, b), namespace=namespace)

    async def echoes(*args):
        for namespace in NAMESPACES:
            await sio.emit("message", args, namespace=namespace)
            same(await events[namespace].next("message-back"), args)

    async def acked(*args):
        for namespace in NAMESPACES:
            same(tuple(await ask(sio, namespace, "message-with-ack", *args)), args)

    async def connected():
        for namespace in NAMESPACES:
            await events[namespace].next("connect")

    async with fact("connects to / and joins /custom"):
        await sio.connect(
            url, transports=transports(transport), auth=WHO, namespaces=NAMESPACES, wait_timeout=WAIT_S
        )
        await connected()
    async with fact("its auth payload arrives"):
        for namespace in NAMESPACES:
            same(await events[namespace].next("auth"), (WHO,))
    async with fact("hears why a namespace refuses it"):
        refused = new_client()
        heard = Events(refused, "/custom")
        auth = {"refuse": "no", "data": {"n": 1}}
        try:
            await refused.connect(
                url, transports=transports(transport), auth=auth, namespaces=["/custom"], retry=False
            )
            raise AssertionError("not refused")
        except socketio.exceptions.ConnectionError:
            same(await heard.next("connect_error"), ({"message": "no", "data": {"n": 1}},))
        await refused.disconnect()

    async with fact("exchanges text"):
        await echoes(TEXT, "")
    async with fact("exchanges JSON"):
        await echoes(JSON, [], 1)
    async with fact("exchanges binary"):
        await echoes(BYTES, {"a": [b"", "x"]}, BYTES[1:])
    async with fact("gets acks with text and JSON"):
        await acked(TEXT, JSON)
    async with fact("gets acks with binary"):
        await acked([{"a": BYTES}, 1], BYTES)
    async with fact("answers the server's acks with text, JSON and binary"):
        for namespace in NAMESPACES:
            answer = await ask(sio, namespace, "emit-with-ack", 20000, "question", TEXT, BYTES)
            same(tuple(answer), (None, TEXT, {"b": 256}, BYTES))

    async with fact("gets 100 of its messages back in order"):
        for args in MINE:
            await sio.emit("message", args)
        same([await events["/"].next("message-back") for _ in MINE], MINE)
    async with fact("gets 100 of the server's messages in order"):
        await sio.emit("flood", (100, TEXT), namespace="/custom")
        same([await events["/custom"].next("flood") for _ in FLOOD], FLOOD)
    async with fact("exchanges messages of 200 KB"):
        await echoes("ü" * 100_000, b"\7" * 200_000)

    async with fact("outlives heartbeats"):
        await asyncio.sleep(5)
        await echoes("still here")
    async with fact("upgrades to WebSocket"):
        same(sio.transport(), "polling" if transport == "polling" else "websocket")

    async with fact("survives a cut of its connection"):
        say(please="cut")
        await connected()
        await echoes("again", BYTES)

    left = [(await ask(sio, namespace, "rooms"))[0] for namespace in NAMESPACES]
    await sio.disconnect()
    say(left=left)


asyncio.run(main(*sys.argv[1:]))
