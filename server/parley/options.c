#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <sio/version.h>
#include <stdio.h>
#include <stdlib.h>

#include "installed.h"

static const char help[] =
    "Usage: parley [OPTION...]\n"
    "A realtime chat server for Socket.IO clients.\n"
    "\n"
    "  --port N            where to listen (default 3000; 0: any free port)\n"
    "  --host ADDRESS      the address to listen on (default: every one)\n"
    "  --workers N         threads (default: one for each CPU)\n"
    "  --web DIR           the folder of the page (default: the installed one; '': no page)\n"
    "  --client-dir DIR    the folder of the client's bundles, dist/ of the npm package\n"
    "                      socket.io-client (default: the installed one; '': none)\n"
    "  --tls-cert FILE     https and wss, with this certificate and those that lead to its root "
    "(PEM);\n"
    "                      SIGHUP reads it and its key again\n"
    "  --tls-key FILE      its private key (PEM)\n"
    "  --deflate           deflate what goes over WebSockets, for clients that offer it\n"
    "  --news-stdin        each line of the standard input is an item of /news\n"
    "  --grace SECONDS     how long a stop may take (default 10)\n"
    "  --quiet             log mistakes alone, not what is refused\n"
    "  --check-health      ask a parley on this machine and port whether it is well; exit 0 or 1\n"
    "  --help, --version\n";

static bool read_number(const char *name, const char *text, unsigned long max, unsigned long *out)
{
    char *end;

    errno = 0;
    *out = strtoul(text, &end, 10);
    if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *out <= max)
        return true;
    fprintf(stderr, "parley: %s: a number from 0 to %lu is wanted, not '%s'\n", name, max, text);
    return false;
}

/* A folder that was not named is the installed one; the empty name is none. */
static const char *folder(const char *named, const char *name, char *path, size_t size)
{
    if (named == NULL)
        return installed_folder(name, path, size);
    return named[0] != '\0' ? named : NULL;
}

static void choose_folders(struct options *options)
{
    options->web =
        folder(options->web, "web", options->installed_web, sizeof options->installed_web);
    options->client_dir = folder(options->client_dir, "client/dist", options->installed_client,
                                 sizeof options->installed_client);
}

int options_read(struct options *options, int argc, char **argv)
{
    enum {
        PORT = 256,
        HOST,
        WORKERS,
        WEB,
        CLIENT,
        CERT,
        KEY,
        DEFLATE,
        NEWS,
        GRACE,
        QUIET,
        HEALTH,
        HELP,
        VERSION
    };
    static const struct option table[] = {
        {"port", required_argument, NULL, PORT},
        {"host", required_argument, NULL, HOST},
        {"workers", required_argument, NULL, WORKERS},
        {"web", required_argument, NULL, WEB},
        {"client-dir", required_argument, NULL, CLIENT},
        {"tls-cert", required_argument, NULL, CERT},
        {"tls-key", required_argument, NULL, KEY},
        {"deflate", no_argument, NULL, DEFLATE},
        {"news-stdin", no_argument, NULL, NEWS},
        {"grace", required_argument, NULL, GRACE},
        {"quiet", no_argument, NULL, QUIET},
        {"check-health", no_argument, NULL, HEALTH},
        {"help", no_argument, NULL, HELP},
        {"version", no_argument, NULL, VERSION},
        {NULL, 0, NULL, 0},
    };
    unsigned long number;
    int option;

    *options = (struct options){.port = 3000, .grace_ms = 10000};
    while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
        switch (option) {
        case PORT:
            if (!read_number("--port", optarg, 65535, &number))
                return 2;
            options->port = (uint16_t)number;
            break;
        case WORKERS:
            if (!read_number("--workers", optarg, 256, &number))
                return 2;
            options->workers = (unsigned)number;
            break;
        case GRACE:
            if (!read_number("--grace", optarg, 3600, &number))
                return 2;
            options->grace_ms = (uint32_t)number * 1000;
            break;
        case HOST:
            options->host = optarg;
            break;
        case WEB:
            options->web = optarg;
            break;
        case CLIENT:
            options->client_dir = optarg;
            break;
        case CERT:
            options->tls_cert = optarg;
            break;
        case KEY:
            options->tls_key = optarg;
            break;
        case DEFLATE:
            options->deflates = true;
            break;
        case NEWS:
            options->reads_news = true;
            break;
        case QUIET:
            options->is_quiet = true;
            break;
        case HEALTH:
            options->checks_health = true;
            break;
        case HELP:
            fputs(help, stdout);
            return 0;
        case VERSION:
            puts("parley " SIO_VERSION);
            return 0;
        default:
            fputs("Try 'parley --help'.\n", stderr);
            return 2;
        }
    }
    if (optind == argc) {
        choose_folders(options);
        return -1;
    }
    fprintf(stderr, "parley: '%s' is not expected\nTry 'parley --help'.\n", argv[optind]);
    return 2;
}
