/* options.h: parley's command line. */
#ifndef PARLEY_OPTIONS_H
#define PARLEY_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct options {
    const char *host; /* NULL: every address */
    const char *web;  /* folder of the page; NULL: none */
    const char *client_dir;
    uint16_t port;
    unsigned workers; /* 0: one for each CPU */
    uint32_t grace_ms;
    bool reads_news, is_verbose, checks_health;
};

/* Fills from argv.  Returns -1 to go on, or the exit code: 0 after --help or --version, 2 after a
 * mistake, which was explained on the standard error. */
int options_read(struct options *options, int argc, char **argv);

#endif
