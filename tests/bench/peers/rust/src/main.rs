//! The part of the conformance contract that the bench uses, on socketioxide, axum and one thread of tokio.

use axum::{Router, serve::ListenerExt};
use rmpv::Value;
use serde::{Deserialize, Serialize};
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, Data, SocketRef};

#[derive(Deserialize)]
struct Item {
    n: f64,
}

#[derive(Deserialize)]
struct Order {
    name: String,
    items: Vec<Item>,
}

#[derive(Serialize)]
struct Total {
    name: String,
    total: f64,
}

async fn on_connect(socket: SocketRef, Data(auth): Data<Value>, io: SocketIo) {
    socket.emit("auth", &auth).ok();
    socket.on("message-with-ack", async |Data::<Value>(data), ack: AckSender| {
        ack.send(&data).ok();
    });
    socket.on("total", async |Data(order): Data<Order>, ack: AckSender| {
        let total = order.items.iter().map(|item| item.n).sum();
        ack.send(&Total { name: order.name, total }).ok();
    });
    socket.on("chat message", async move |Data::<Value>(text)| {
        io.emit("chat message", &text).await.ok();
    });
    socket.on("join", async |socket: SocketRef, Data::<String>(room)| {
        socket.join(room);
    });
    socket.on("to room", async |Data::<(String, String)>((room, text)), io: SocketIo| {
        io.to(room).emit("to room", &text).await.ok();
    });
}

async fn serve() -> std::io::Result<()> {
    let (layer, io) = SocketIo::builder().max_payload(2_000_000).build_layer();
    io.ns("/", on_connect);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    let prompt = listener.tap_io(|stream| stream.set_nodelay(true).unwrap_or_default());
    axum::serve(prompt, Router::new().layer(layer)).await
}

fn main() -> std::io::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(serve())
}
