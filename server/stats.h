/* stats.h: the counters of a server, one set for each worker, written by that worker alone and read
 * by anybody (relaxed).  Each has a name, a unit and a sentence of help in one table. */
#ifndef SERVER_STATS_H
#define SERVER_STATS_H

#include <stdatomic.h>
#include <stdint.h>

#define SIO__STATS_MAP(X)                                                                          \
    X(connections_opened, "connections", "TCP connections accepted")                               \
    X(connections_refused, "connections", "TCP connections refused at accept, by a limit")         \
    X(connections_closed, "connections", "TCP connections ended")                                  \
    X(accepts_paused, "times", "accepting paused because the process had no free descriptors")     \
    X(tls_handshakes, "connections", "TLS handshakes done")                                        \
    X(tls_failed, "connections", "TLS handshakes that failed")                                     \
    X(tls_too_slow, "connections", "TLS handshakes that missed their deadline")                    \
    X(requests, "requests", "HTTP requests whose header was complete")                             \
    X(requests_refused, "requests", "HTTP requests refused by a guard of the transport")           \
    X(bodies_too_large, "requests", "request bodies over the limit (413)")                         \
    X(bodies_too_slow, "requests", "request bodies that missed their deadline (408)")              \
    X(websockets_opened, "connections", "WebSockets opened")                                       \
    X(messages_too_large, "messages", "WebSocket messages over the limit (1009)")                  \
    X(messages_too_slow, "messages", "WebSocket messages that missed their deadline")              \
    X(messages_invalid, "messages",                                                                \
      "WebSocket messages with invalid UTF-8 or deflate data, or too many fragments")              \
    X(messages_inflated, "messages", "WebSocket messages that came deflated")                      \
    X(inflated_from_bytes, "bytes", "deflated bytes of these")                                     \
    X(inflated_to_bytes, "bytes", "bytes of these, inflated")                                      \
    X(messages_deflated, "messages", "WebSocket messages deflated, each once for all receivers")   \
    X(deflated_from_bytes, "bytes", "bytes of these")                                              \
    X(deflated_to_bytes, "bytes", "bytes of these, deflated")                                      \
    X(messages_not_deflated, "messages", "messages that are not smaller deflated: sent plain")     \
    X(frames_too_early, "connections",                                                             \
      "WebSockets closed: they sent frames before their handshake was answered")                   \
    X(sessions_opened, "sessions", "Engine.IO sessions opened")                                    \
    X(sessions_closed, "sessions", "Engine.IO sessions closed")                                    \
    X(refused_transport_unknown, "requests", "refused with code 0: transport unknown")             \
    X(refused_session_unknown, "requests", "refused with code 1: session ID unknown")              \
    X(refused_handshake_method, "requests", "refused with code 2: bad handshake method")           \
    X(refused_bad_request, "requests", "refused with code 3: bad request")                         \
    X(refused_forbidden, "requests", "refused with code 4: forbidden")                             \
    X(refused_protocol_version, "requests", "refused with code 5: unsupported protocol version")   \
    X(upgrades, "sessions", "sessions that moved to WebSocket")                                    \
    X(upgrades_failed, "times", "probes that were closed or timed out")                            \
    X(heartbeats_missed, "sessions", "sessions closed by ping timeout")                            \
    X(packets_received, "packets", "Engine.IO message packets received")                           \
    X(packets_sent, "packets", "packets handed to a transport")                                    \
    X(packets_dropped, "packets", "packets dropped: session not open, closed or volatile")         \
    X(queues_full, "sessions", "sessions closed because their output queue was full")              \
    X(sockets_connected, "sockets", "Socket.IO sockets connected to a namespace")                  \
    X(sockets_disconnected, "sockets", "Socket.IO sockets disconnected")                           \
    X(connects_refused, "packets", "CONNECT packets refused")                                      \
    X(packets_invalid, "packets", "packets that broke the Socket.IO protocol")                     \
    X(connect_timeouts, "sessions", "sessions that joined no namespace in time")                   \
    X(child_namespaces_refused, "packets", "CONNECT packets to children refused by a limit")       \
    X(attachment_timeouts, "sessions", "binary packets whose attachments did not come in time")    \
    X(events_refused, "events", "events refused by middlewares")                                   \
    X(waits_full, "sessions", "sessions closed because too much waited for middlewares of events") \
    X(acks_refused, "acks", "emits with ack refused because too many were pending")                \
    X(surveys_refused, "surveys", "emits to many with ack, fetches refused: too many pending")     \
    X(surveys_overflowed, "replies", "dropped since the replies to surveys held too many bytes")   \
    X(sockets_recovered, "sockets", "sockets that came back after their connection was lost")      \
    X(recoveries_failed, "sockets", "clients that asked for a lost socket and got a new one")      \
    X(recovery_takeovers, "sockets", "connected sockets whose client came back on another link")   \
    X(recovery_packets_dropped, "packets", "packets not kept as long as they should be")           \
    X(recovery_sessions_dropped, "sockets", "sockets not kept as long as they should be")          \
    X(out_of_memory, "times", "allocations that failed and cost a connection")

#define SIO__STATS_FIELD(name, unit, help) _Atomic uint64_t name;
struct sio__stats {
    SIO__STATS_MAP(SIO__STATS_FIELD)
};
#undef SIO__STATS_FIELD

/* One writer, so a plain add without a locked instruction. */
#define SIO__COUNT_MORE(stats, name, more)                                                         \
    atomic_store_explicit(&(stats)->name,                                                          \
                          atomic_load_explicit(&(stats)->name, memory_order_relaxed) + (more),     \
                          memory_order_relaxed)

#define SIO__COUNT(stats, name) SIO__COUNT_MORE(stats, name, 1)

/* For a counter that is only written so, by any thread. */
#define SIO__COUNT_SHARED(stats, name)                                                             \
    atomic_fetch_add_explicit(&(stats)->name, 1, memory_order_relaxed)

#endif
