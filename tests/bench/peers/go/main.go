// The part of the conformance contract that the bench uses, on Go's port of socket.io and one processor.
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"runtime"

	"github.com/zishang520/socket.io/servers/socket/v3"
)

func total(order map[string]any) map[string]any {
	sum := 0.0
	for _, item := range order["items"].([]any) {
		sum += item.(map[string]any)["n"].(float64)
	}
	return map[string]any{"name": order["name"], "total": sum}
}

func serve(io *socket.Server, client *socket.Socket) {
	auth := client.Handshake().Auth
	if auth == nil {
		auth = map[string]any{}
	}
	client.Emit("auth", auth)
	client.On("message-with-ack", func(args ...any) {
		last := len(args) - 1
		args[last].(socket.Ack)(args[:last], nil)
	})
	client.On("total", func(args ...any) {
		args[1].(socket.Ack)([]any{total(args[0].(map[string]any))}, nil)
	})
	client.On("chat message", func(args ...any) {
		io.Emit("chat message", args[0])
	})
	client.On("join", func(args ...any) {
		client.Join(socket.Room(args[0].(string)))
	})
	client.On("to room", func(args ...any) {
		io.To(socket.Room(args[0].(string))).Emit("to room", args[1])
	})
}

func main() {
	runtime.GOMAXPROCS(1)
	options := socket.DefaultServerOptions()
	options.SetMaxHttpBufferSize(2_000_000)
	io := socket.NewServer(nil, options)
	io.On("connection", func(clients ...any) {
		serve(io, clients[0].(*socket.Socket))
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	log.Fatal(http.Serve(listener, io.ServeHandler(options)))
}
