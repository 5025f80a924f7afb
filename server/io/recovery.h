/* recovery.h: what is kept of sockets so that they can come back (connection state recovery).
 *
 * A record exists from the connection of a socket on; it is found by its private id (pid), a secret
 * of its client, which is never logged.
 *
 *   held (a worker has a socket for it) --connection lost--> lost --claimed--> held
 *        \__ left its namespace: freed         \__ too old, one too many: freed
 *
 * The table is shared by all workers, under a lock of its own; the rest of a record belongs to the
 * worker that holds it, and to nobody while it is lost.  Who has been away too long is freed by the
 * first worker's timer. */
#ifndef SERVER_IO_RECOVERY_H
#define SERVER_IO_RECOVERY_H

#include "protocol/table.h"
#include "rooms/room_history.h"
#include "server/engine/id.h"
#include "server/io/adapter_ordered.h"
#include "server/io/home.h"

struct sio_socket;

struct sio__record {
    UT_hash_handle hh; /* in recovery->by_pid */
    char pid[SIO__ID_LEN + 1];
    char sid[SIO__ID_LEN + 1];

    /* Under the lock: */
    struct sio__home *home;            /* who holds it; NULL: it is lost */
    struct sio__record *older, *newer; /* lost: in recovery->oldest */
    uint64_t lost_ms;                  /* when */
    uint64_t ticket;                   /* of the latest claim */
    uint64_t taken_over_ms;            /* the latest, and how many */
    unsigned takeovers;                /* followed each other closely */

    /* Of who holds it; places as in adapter_ordered.h: */
    struct sio_socket *socket;
    uint64_t base;    /* at its first connection: nothing before is its business */
    uint64_t sent;    /* the latest kept op that was for it */
    uint64_t lost;    /* when its connection was lost: nothing was sent after */
    uint64_t altered; /* ops on its rooms are done up to here; the same, or later */
    uint64_t offset;  /* what its client says it has, or base; while it comes back */
    struct sio__room_history history;
    struct sio__slice *rooms; /* lost: one allocation, names behind; NULL: none */
    size_t room_count;
    void *data;
    void (*free_data)(void *data);

    size_t nsp_len;
    char nsp[];
};

struct sio__recovery {
    sio_server *server;
    struct sio__ordered *ordered; /* the server's adapter */
    uv_mutex_t lock;
    struct sio__record *by_pid;          /* table */
    struct sio__record *oldest, *newest; /* lost ones */
    uint32_t lost_count;
    uint64_t tickets;
    uint64_t crowded; /* lost ones that went before their time */
};

/* NULL: out of memory.  With the server's adapter, which is its own from then on. */
struct sio__recovery *sio__recovery_new(sio_server *server, struct sio__adapter *ordered);

/* After the workers have ended.  NULL is taken. */
void sio__recovery_free(struct sio__recovery *recovery);

/* The server has stopped: nobody can come back.  Frees user data. */
void sio__recovery_clear(struct sio__recovery *recovery);

/* Frees who has been away too long; for the first worker's timer. */
void sio__recovery_expire(struct sio__recovery *recovery, struct sio__worker *worker);

/* --- a socket's record; its worker's thread ------------------------------------------------ */

/* A record for a socket that has connected, held by its worker.  False: out of memory. */
bool sio__record_new(struct sio_socket *socket);

/* Keeps the names of its rooms, which are still there (those of a socket that has not got its rooms
 * back yet are kept already).  Without memory it is forgotten. */
void sio__record_lose(struct sio_socket *socket);

/* Puts it among the lost, with the socket's user data: another worker may take it at once. */
void sio__record_publish(struct sio_socket *socket);

/* An event with its place is being sent to it. */
void sio__record_note(struct sio_socket *socket, const struct sio__op_spec *event);

/* Gives an event for one socket, which the caller sends next, its place, and keeps it.  False: out
 * of memory. */
bool sio__record_own_event(struct sio_socket *socket, struct sio__frame *packet, bool is_volatile);

/* It will not come back. */
void sio__record_forget(struct sio_socket *socket);

/* --- claims -------------------------------------------------------------------------------- */

enum sio__claim_result {
    SIO__CLAIM_TAKEN, /* the record is the caller's worker's */
    SIO__CLAIM_HELD,  /* a worker still has a socket for it: *holder, a new reference */
    SIO__CLAIM_NONE,
};

/**
 * Somebody who knows a pid wants its socket.
 *
 * ticket  in and out: 0 for a new claim.  Of two claims for one record the newer one wins.
 * record, holder  out; written as the result says.
 *
 * Any worker's thread.
 */
enum sio__claim_result sio__recovery_claim(struct sio__recovery *recovery, struct sio__slice pid,
                                           struct sio__slice nsp, struct sio__spaces *spaces,
                                           uint64_t *ticket, struct sio__record **record,
                                           struct sio__home **holder);

/* The socket that this worker has for a pid, NULL if it has none. */
struct sio_socket *sio__recovery_held(struct sio__recovery *recovery, struct sio__slice pid,
                                      const struct sio__home *home);

#endif
