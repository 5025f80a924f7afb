/* middleware.h: the join of a namespace: its middlewares in order, each decided now or later, on
 * any thread; meanwhile the client's packets for that namespace wait, up to a bound. */
#ifndef SERVER_IO_MIDDLEWARE_H
#define SERVER_IO_MIDDLEWARE_H

#include "protocol/sio_packet.h"
#include "server/io/chain.h"
#include "server/io/restore.h"
#include "server/io/socket.h"

enum { SIO__HELD_PACKETS = 16, SIO__HELD_BYTES = 65536 };

struct sio__parent;

/* The client asks for a namespace of which its worker has a part.  Runs middlewares and handlers.
 */
void sio__join_start(struct sio__client *client, struct sio__space *space, struct sio__slice auth);

/* --- for lookup.c: a socket in limbo --- */

/* From here on its packets are kept.  False: out of memory. */
bool sio__join_init(struct sio_socket *socket);

/* Asks a parent's function; as the ops of a chain say, which run it as their one middleware and
 * leave the freeing to sio__join_free_chain(). */
void sio__join_ask(struct sio_socket *socket, const struct sio__chain_ops *ops,
                   struct sio__parent *parent);
struct sio__parent *sio__join_asked(const struct sio_socket *socket);
void sio__join_free_chain(struct sio__chain *chain);

/* It is in its namespace: goes on as after sio__join_start(). */
void sio__join_enter(struct sio_socket *socket);

/* --- */

/* Tells the client that it may not have a namespace; payload: a JSON object. */
void sio__join_refuse(struct sio__client *client, struct sio__slice nsp, struct sio__slice payload);

/* Keeps a packet of a joining socket until it is connected; takes the packet over (the caller's is
 * empty afterwards).  Over the bound the client is closed. */
void sio__join_keep(struct sio_socket *socket, struct sio__packet *packet);

/* The answer that a coming back waited for is here (server/io/restore.h).  Runs handlers. */
void sio__join_restored(struct sio_socket *socket, enum sio__restore result);

/* Frees the state of a join that is over or given up; a decision that still comes is ignored.
 * Nothing on a socket without one. */
void sio__join_free(struct sio_socket *socket);

#endif
