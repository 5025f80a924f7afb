#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "protocol/mem.h"
#include "server/net/tls/parts.h"

struct sio__tls_context {
    const sio_tls *config;
    const struct sio__log *log;
    BIO_METHOD *methods;
    pthread_mutex_t lock;
    SSL_CTX *now; /* under the lock */
};

const char *sio__tls_take_error(void)
{
    unsigned long first = ERR_get_error();
    const char *reason =
        ERR_SYSTEM_ERROR(first) ? strerror(ERR_GET_REASON(first)) : ERR_reason_error_string(first);

    ERR_clear_error();
    return first == 0 || reason == NULL ? "no reason is known" : reason;
}

/* --- what is asked of a connection --------------------------------------------------------- */

/* L12: HTTP/1.1 alone.  Who asks for others only is told so. */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                           const unsigned char *in, unsigned in_len, void *user)
{
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char *chosen;

    (void)ssl, (void)user;
    if (SSL_select_next_proto(&chosen, out_len, ours, sizeof ours - 1, in, in_len) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

/* The application decides on who shows none, or a bad one. */
static int let_pass(int is_good, X509_STORE_CTX *store)
{
    (void)is_good, (void)store;
    return 1;
}

/* Never asks at a terminal. */
static int give_passphrase(char *out, int size, int is_writing, void *user)
{
    const sio_tls *config = user;
    size_t len = config->passphrase != NULL ? strlen(config->passphrase) : 0;

    (void)is_writing;
    if (len == 0 || len > (size_t)size)
        return -1;
    memcpy(out, config->passphrase, len);
    return (int)len;
}

static void set_rules(SSL_CTX *ctx, const sio_tls *config)
{
    static const unsigned char id[] = "sio";

    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_min_proto_version(ctx, config->min_version == SIO_TLS_1_3 ? TLS1_3_VERSION
                                                                          : TLS1_2_VERSION);
    SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
    /* Sessions are resumed by tickets, which the clients keep: nothing here grows with them. */
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_session_id_context(ctx, id, sizeof id - 1);
}

/* --- files --------------------------------------------------------------------------------- */

/* What OpenSSL itself says comes last: the first error is nearest to the cause. */
static sio_err tell(const struct sio__tls_context *context, sio_err err, const char *what,
                    const char *which)
{
    sio__log_line(context->log, SIO_LOG_ERROR, "tls: %s %s: %s", what, which,
                  sio__tls_take_error());
    return err;
}

static sio_err load_clients(const struct sio__tls_context *context, SSL_CTX *ctx)
{
    const sio_tls *config = context->config;
    STACK_OF(X509_NAME) * names;

    if (!config->request_cert)
        return SIO_OK;
    SSL_CTX_set_verify(ctx,
                       SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE |
                           (config->reject_unauthorized ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                       config->reject_unauthorized ? NULL : let_pass);
    if (config->ca_file == NULL)
        return SSL_CTX_set_default_verify_paths(ctx) == 1 ? SIO_OK : SIO_ENOMEM;
    if (SSL_CTX_load_verify_file(ctx, config->ca_file) != 1)
        return tell(context, SIO_EIO, "ca_file", config->ca_file);
    if ((names = SSL_load_client_CA_file(config->ca_file)) == NULL)
        return tell(context, SIO_EIO, "ca_file", config->ca_file);
    SSL_CTX_set_client_CA_list(ctx, names);
    return SIO_OK;
}

static sio_err load(const struct sio__tls_context *context, SSL_CTX *ctx)
{
    const sio_tls *config = context->config;

    SSL_CTX_set_default_passwd_cb(ctx, give_passphrase);
    SSL_CTX_set_default_passwd_cb_userdata(ctx, (void *)(uintptr_t)config);
    if (config->ciphers != NULL && SSL_CTX_set_cipher_list(ctx, config->ciphers) != 1)
        return tell(context, SIO_EINVAL, "ciphers", config->ciphers);
    if (SSL_CTX_use_certificate_chain_file(ctx, config->cert_file) != 1)
        return tell(context, SIO_EIO, "cert_file", config->cert_file);
    if (SSL_CTX_use_PrivateKey_file(ctx, config->key_file, SSL_FILETYPE_PEM) != 1) {
        bool is_other = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH;

        return tell(context, is_other ? SIO_EINVAL : SIO_EIO, "key_file", config->key_file);
    }
    if (SSL_CTX_check_private_key(ctx) != 1)
        return tell(context, SIO_EINVAL, "key_file", config->key_file);
    return load_clients(context, ctx);
}

static sio_err make(const struct sio__tls_context *context, SSL_CTX **out)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    sio_err err = SIO_ENOMEM;

    ERR_clear_error();
    if (ctx != NULL) {
        set_rules(ctx, context->config);
        err = load(context, ctx);
    }
    ERR_clear_error();
    if (err != SIO_OK) {
        SSL_CTX_free(ctx);
        return err;
    }
    *out = ctx;
    return SIO_OK;
}

/* --- life ---------------------------------------------------------------------------------- */

sio_err sio__tls_context_new(struct sio__tls_context **out, const sio_tls *config,
                             const struct sio__log *log)
{
    struct sio__tls_context *context = sio__calloc(1, sizeof *context);
    sio_err err;

    if (context == NULL)
        return SIO_ENOMEM;
    context->config = config;
    context->log = log;
    if ((context->methods = sio__tls_methods_new()) == NULL) {
        err = SIO_ENOMEM;
        goto free_context;
    }
    if ((err = make(context, &context->now)) != SIO_OK)
        goto free_methods;
    pthread_mutex_init(&context->lock, NULL);
    *out = context;
    return SIO_OK;

free_methods:
    BIO_meth_free(context->methods);
free_context:
    sio__free(context);
    return err;
}

sio_err sio__tls_context_reload(struct sio__tls_context *context)
{
    SSL_CTX *next, *was;
    sio_err err = make(context, &next);

    if (err != SIO_OK)
        return err;
    pthread_mutex_lock(&context->lock);
    was = context->now;
    context->now = next;
    pthread_mutex_unlock(&context->lock);
    SSL_CTX_free(was);
    return SIO_OK;
}

SSL *sio__tls_context_ssl(struct sio__tls_context *context, BIO_METHOD **methods)
{
    SSL *ssl;

    pthread_mutex_lock(&context->lock);
    ssl = SSL_new(context->now);
    pthread_mutex_unlock(&context->lock);
    *methods = context->methods;
    return ssl;
}

void sio__tls_context_free(struct sio__tls_context *context)
{
    if (context == NULL)
        return;
    SSL_CTX_free(context->now);
    BIO_meth_free(context->methods);
    pthread_mutex_destroy(&context->lock);
    sio__free(context);
}
