"""The part of the conformance contract that the bench uses, on python-socketio, uvicorn and uvloop."""

import socketio
import uvicorn

io = socketio.AsyncServer(async_mode="asgi", always_connect=True, max_http_buffer_size=2_000_000)


@io.event
async def connect(sid, environ, auth):
    await io.emit("auth", auth or {}, to=sid)


@io.on("message-with-ack")
async def message_with_ack(sid, *args):
    return args


@io.event
async def total(sid, order):
    return {"name": order["name"], "total": sum(item["n"] for item in order["items"])}


@io.on("chat message")
async def chat_message(sid, text):
    await io.emit("chat message", text)


@io.event
async def join(sid, room):
    await io.enter_room(sid, room)


@io.on("to room")
async def to_room(sid, room, text):
    await io.emit("to room", text, to=room)


class Server(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        port = self.servers[0].sockets[0].getsockname()[1]
        print(f"listening on http://127.0.0.1:{port}", flush=True)


Server(
    uvicorn.Config(
        socketio.ASGIApp(io),
        host="127.0.0.1",
        port=0,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=2_000_000,
        ws_ping_interval=None,  # heartbeats are Engine.IO's
        ws_per_message_deflate=False,
        lifespan="off",
        log_level="critical",
        access_log=False,
    )
).run()
