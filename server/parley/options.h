/* options.h: parley's command line. */
#ifndef PARLEY_OPTIONS_H
#define PARLEY_OPTIONS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

struct options {
    const char *host;               /* NULL: every address */
    const char *web;                /* folder of the page; NULL: none */
    const char *client_dir;         /* folder of the client's bundles; NULL: none */
    const char *tls_cert, *tls_key; /* files; NULL: no TLS */
    uint16_t port;
    unsigned workers; /* 0: one for each CPU */
    uint32_t grace_ms;
    bool reads_news, deflates, is_quiet, checks_health;
    char installed_web[PATH_MAX], installed_client[PATH_MAX]; /* what web and client_dir may name */
};

/* Fills from argv; the folders that it does not name are those of the installation.  Returns -1 to
 * go on, or the exit code: 0 after --help or --version, 2 after a mistake, which was explained on
 * the standard error. */
int options_read(struct options *options, int argc, char **argv);

#endif
