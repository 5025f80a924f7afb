/* cors.h: the rules of sio_cors and sio_origin_check for one request.  Pure, but for the
 * application's callback.  Any worker's thread. */
#ifndef SERVER_ENGINE_CORS_H
#define SERVER_ENGINE_CORS_H

#include <sio/config.h>

#include "server/net/exchange.h"

enum { SIO__CORS_FIELDS_MAX = 8 };

/* Whose values are borrowed from the configuration and the request. */
struct sio__fields {
    struct sio__field at[40];
    size_t count;
    char number[24]; /* room for Access-Control-Max-Age */
};

/* Appends a header; what does not fit is left out. */
void sio__fields_add(struct sio__fields *fields, struct sio__slice name, struct sio__slice value);

/* The headers of an answer to this request; none if cors is off. */
void sio__cors_answer(const sio_config *config, const struct sio__request *request,
                      struct sio__fields *fields);

/* What cors makes of a request before anything else looks at it. */
enum sio__cors_step {
    SIO__CORS_GO_ON,
    SIO__CORS_PREFLIGHT, /* answer 204 with *fields */
    SIO__CORS_FAIL,      /* the callback failed: code 3 */
};
enum sio__cors_step sio__cors_begin(const sio_config *config, const struct sio__request *request,
                                    struct sio__fields *fields);

/* May a page of this Origin open a session? */
bool sio__origin_is_allowed(const sio_config *config, const struct sio__request *request);

#endif
