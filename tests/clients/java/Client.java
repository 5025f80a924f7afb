import io.socket.client.Ack;
import io.socket.client.IO;
import io.socket.client.Socket;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import okhttp3.Dispatcher;
import okhttp3.OkHttpClient;
import org.json.JSONArray;
import org.json.JSONObject;

/** The official Java client, of version 2 or 1: java Client VERSION URL TRANSPORT. */
public final class Client {
    private static final int WAIT_S = 20;
    private static final String TEXT = "naïve 😀 \"quoted\" \\ \u2028 \u0001 终";
    private static final byte[] BYTES = bytes(256, -1);

    private final String url;
    private final String transport;
    private final boolean old;
    private final OkHttpClient http = new OkHttpClient.Builder()
            .dispatcher(new Dispatcher(shortLivedThreads()))
            .readTimeout(1, TimeUnit.MINUTES)
            .build();
    private Namespace main;
    private Namespace custom;

    private interface Check {
        void run() throws Exception;
    }

    /** A socket and the events that arrive there, in order, by name. */
    private static final class Namespace {
        final Socket socket;
        final Map<String, BlockingQueue<Object[]>> events = new HashMap<>();

        Namespace(Socket socket) {
            this.socket = socket;
            for (String name : new String[] {"connect", "connect_error", "error", "auth", "message-back", "flood"}) {
                BlockingQueue<Object[]> queue = new LinkedBlockingQueue<>();
                events.put(name, queue);
                socket.on(name, queue::add);
            }
            socket.on("question", args -> {
                byte[] bytes = (byte[]) args[1];
                ((Ack) args[2]).call(args[0], object("b", bytes.length), bytes);
            });
        }

        Object[] next(String name) throws Exception {
            return taken(events.get(name), name);
        }

        Object[] ask(String name, Object... args) throws Exception {
            BlockingQueue<Object[]> answer = new LinkedBlockingQueue<>();
            socket.emit(name, args, answer::add);
            return taken(answer, "ack of " + name);
        }
    }

    private Client(String version, String url, String transport) {
        this.old = version.startsWith("1");
        this.url = url;
        this.transport = transport;
    }

    public static void main(String[] args) throws Exception {
        System.setOut(new java.io.PrintStream(System.out, true, StandardCharsets.UTF_8.name()));
        new Client(args[0], args[1], args[2]).run();
    }

    private void run() throws Exception {
        main = new Namespace(IO.socket(url, options("name", "säge ☃", "n", "1")));
        custom = new Namespace(IO.socket(url + "/custom", options("name", "säge ☃", "n", "1")));
        for (Namespace each : both()) each.socket.connect();

        fact("connects to / and joins /custom", () -> {
            for (Namespace each : both()) each.next("connect");
        });
        Object[] heard = main.next("auth");
        Object[] heardInCustom = custom.next("auth");
        JSONObject who = object("name", "säge ☃").put("n", "1");
        if (old) {
            fact("its query arrives", () -> {
                JSONObject handshake = (JSONObject) main.ask("handshake")[0];
                JSONObject query = handshake.getJSONObject("query");
                same(array(query.get("name"), query.get("n")), "säge ☃", "1");
                same(heard, new JSONObject());
                same(heardInCustom, who);
            });
        } else {
            fact("its auth payload arrives", () -> {
                same(heard, who);
                same(heardInCustom, who);
            });
        }
        fact("hears why a namespace refuses it", () -> {
            IO.Options options =
                    old ? options("refuse", "no") : options("refuse", "no", "data", "because");
            options.forceNew = true;
            Namespace refused = new Namespace(IO.socket(url + "/custom", options));
            refused.socket.connect();
            if (old) same(refused.next("error"), "no");
            else same(refused.next("connect_error"), object("message", "no").put("data", "because"));
            refused.socket.disconnect();
        });

        JSONObject json = object("ключ", "значение")
                .put("nested", new JSONArray("[{\"a\":null},[],true,0.1,9007199254740991]"));
        JSONObject mixed = object("a", new JSONArray().put(new byte[0]).put("x"));
        fact("exchanges text", () -> echoes(TEXT, ""));
        fact("exchanges JSON", () -> echoes(json, new JSONArray(), 1));
        fact("exchanges binary", () -> echoes(BYTES, mixed, bytes(255, -1)));

        fact("gets acks with text and JSON", () -> acked(TEXT, json));
        fact("gets acks with binary", () -> acked(new JSONArray().put(object("a", BYTES)).put(1), BYTES));
        fact("answers the server's acks with text, JSON and binary", () -> {
            for (Namespace each : both()) {
                same(each.ask("emit-with-ack", 20000, "question", TEXT, BYTES),
                        JSONObject.NULL, TEXT, object("b", 256), BYTES);
            }
        });

        fact("gets 100 of its messages back in order", () -> {
            for (int i = 0; i < 100; i++) main.socket.emit("message", mine(i));
            for (int i = 0; i < 100; i++) same(main.next("message-back"), mine(i));
        });
        fact("gets 100 of the server's messages in order", () -> {
            custom.socket.emit("flood", 100, TEXT);
            for (int i = 0; i < 100; i++) same(custom.next("flood"), i, TEXT);
        });
        fact("exchanges messages of 200 KB", () -> {
            char[] letters = new char[100_000];
            Arrays.fill(letters, 'ü');
            echoes(new String(letters), bytes(200_000, 7));
        });

        fact("outlives heartbeats", () -> {
            Thread.sleep(5000);
            echoes("still here");
        });
        fact("survives a cut of its connection", () -> {
            say(object("please", "cut"));
            for (Namespace each : both()) each.next("connect");
            echoes("again", BYTES);
        });

        JSONArray left = new JSONArray();
        for (Namespace each : both()) left.put(((JSONArray) each.ask("rooms")[0]).get(0));
        for (Namespace each : both()) each.socket.disconnect();
        say(object("left", left));
    }

    private Namespace[] both() {
        return new Namespace[] {main, custom};
    }

    private IO.Options options(String... pairs) throws Exception {
        IO.Options options = new IO.Options();
        options.transports =
                transport.equals("upgrade") ? new String[] {"polling", "websocket"} : new String[] {transport};
        options.reconnectionDelay = 100;
        options.randomizationFactor = 0;
        options.callFactory = http;
        options.webSocketFactory = http;
        if (old) {
            List<String> query = new ArrayList<>();
            for (int i = 0; i < pairs.length; i += 2)
                query.add(pairs[i] + "=" + java.net.URLEncoder.encode(pairs[i + 1], "UTF-8").replace("+", "%20"));
            options.query = String.join("&", query);
        } else {
            Map<String, String> auth = new HashMap<>();
            for (int i = 0; i < pairs.length; i += 2) auth.put(pairs[i], pairs[i + 1]);
            IO.Options.class.getField("auth").set(options, auth); // version 1 has no such field
        }
        return options;
    }

    private void echoes(Object... args) throws Exception {
        for (Namespace each : both()) {
            each.socket.emit("message", args);
            same(each.next("message-back"), args);
        }
    }

    private void acked(Object... args) throws Exception {
        for (Namespace each : both()) same(each.ask("message-with-ack", args), args);
    }

    private static Object[] mine(int i) {
        return array(i, i % 10 != 0 ? String.valueOf(i) : new byte[] {(byte) i});
    }

    // --- what is found ---------------------------------------------------------------------------

    private static void fact(String name, Check check) throws Exception {
        JSONObject line = object("fact", name);
        try {
            check.run();
            line.put("ok", true);
        } catch (Exception | LinkageError error) {
            StringBuilder why = new StringBuilder(error.toString());
            for (StackTraceElement at : error.getStackTrace()) why.append("\n    at ").append(at);
            line.put("ok", false).put("why", why.toString());
        }
        say(line);
    }

    private static void say(JSONObject line) {
        System.out.println(line);
    }

    private static Object[] taken(BlockingQueue<Object[]> queue, String what) throws Exception {
        Object[] args = queue.poll(WAIT_S, TimeUnit.SECONDS);
        if (args == null) throw new Exception("no " + what);
        return args;
    }

    private static void same(Object[] got, Object... wanted) throws Exception {
        String is = text(got);
        String should = text(wanted);
        if (!is.equals(should)) throw new Exception(start(is) + " instead of " + start(should));
    }

    private static String start(String text) {
        return text.substring(0, Math.min(text.length(), 500));
    }

    /** A text that is the same for the same values only. */
    private static String text(Object value) throws Exception {
        StringBuilder out = new StringBuilder();
        if (value instanceof Object[]) {
            for (Object each : (Object[]) value) out.append(text(each)).append(';');
        } else if (value instanceof byte[]) {
            out.append("bytes").append(Arrays.toString((byte[]) value));
        } else if (value instanceof JSONArray) {
            JSONArray array = (JSONArray) value;
            for (int i = 0; i < array.length(); i++) out.append(text(array.get(i))).append(',');
            out.insert(0, '[').append(']');
        } else if (value instanceof JSONObject) {
            Map<String, String> members = new TreeMap<>();
            for (Iterator<?> keys = ((JSONObject) value).keys(); keys.hasNext();) {
                String key = (String) keys.next();
                members.put(key, text(((JSONObject) value).get(key)));
            }
            out.append(members);
        } else if (value instanceof Number) {
            out.append(new BigDecimal(value.toString()).stripTrailingZeros().toPlainString());
        } else if (value instanceof String) {
            out.append(JSONObject.quote((String) value));
        } else {
            out.append(value); // true, false, null and org.json's own null
        }
        return out.toString();
    }

    // --- values ----------------------------------------------------------------------------------

    /** value -1: 0, 1, 2 and so on */
    private static byte[] bytes(int count, int value) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) bytes[i] = (byte) (value < 0 ? i : value);
        return bytes;
    }

    private static Object[] array(Object... values) {
        return values;
    }

    private static JSONObject object(String key, Object value) {
        try {
            return new JSONObject().put(key, value);
        } catch (Exception error) {
            throw new IllegalArgumentException(error);
        }
    }

    /** The client never ends its threads: these end when they have nothing to do. */
    private static ThreadPoolExecutor shortLivedThreads() {
        return new ThreadPoolExecutor(0, 64, 200, TimeUnit.MILLISECONDS, new SynchronousQueue<>());
    }
}
