import com.corundumstudio.socketio.Configuration;
import com.corundumstudio.socketio.SocketIOServer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;

/** The part of the conformance contract that the bench uses, on netty-socketio and one thread of its own. */
public final class Peer {
    public static final class Item {
        public double n;
    }

    public static final class Order {
        public String name;
        public List<Item> items;
    }

    /** It does not tell the port that it got for 0. */
    private static int freePort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static Map<String, Object> total(Order order) {
        return Map.of("name", order.name, "total", order.items.stream().mapToDouble(item -> item.n).sum());
    }

    public static void main(String[] args) throws Exception {
        Configuration configuration = new Configuration();
        configuration.setHostname("127.0.0.1");
        configuration.setPort(freePort());
        configuration.setBossThreads(1);
        configuration.setWorkerThreads(1);
        configuration.setUseLinuxNativeEpoll(true);
        configuration.setMaxFramePayloadLength(2_000_000);
        configuration.setMaxHttpContentLength(2_000_000);

        SocketIOServer io = new SocketIOServer(configuration);
        io.addConnectListener(client -> {
            Object auth = client.getHandshakeData().getAuthToken();
            client.sendEvent("auth", auth == null ? Map.of() : auth);
        });
        io.addEventListener("message-with-ack", Object.class, (client, data, ack) -> ack.sendAckData(data));
        io.addEventListener("total", Order.class, (client, order, ack) -> ack.sendAckData(total(order)));
        io.addEventListener("chat message", String.class,
            (client, text, ack) -> io.getBroadcastOperations().sendEvent("chat message", text));
        io.addEventListener("join", String.class, (client, room, ack) -> client.joinRoom(room));
        io.addMultiTypeEventListener("to room",
            (client, said, ack) -> io.getRoomOperations(said.<String>first()).sendEvent("to room", said.<String>second()),
            String.class, String.class);
        io.start();
        System.out.println("listening on http://127.0.0.1:" + configuration.getPort());
    }
}
