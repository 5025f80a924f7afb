#include "protocol/ws_extensions.h"

#include "protocol/http_field.h"

enum { BITS_LEAST = 8, BITS_MOST = 15 };

struct scan {
    const char *at, *end;
};

/* A parameter's value: a token, maybe quoted and then with escapes.  Only numbers are wanted. */
struct value {
    bool is_there;
    unsigned number; /* 0: it is none, or none of use */
};

/* Parameters that an offer has had. */
struct seen {
    bool server_bits, client_bits, server_takeover, client_takeover;
};

/* --- the grammar --------------------------------------------------------------------------- */

static char peek(const struct scan *s)
{
    return s->at < s->end ? *s->at : '\0'; /* which may stand nowhere */
}

static void skip_blanks(struct scan *s)
{
    while (peek(s) == ' ' || peek(s) == '\t')
        s->at++;
}

static bool is_token_char(char c)
{
    return sio__field_token_valid(sio__slice_make(&c, 1));
}

static bool read_token(struct scan *s, struct sio__slice *out)
{
    const char *start = s->at;

    while (s->at < s->end && is_token_char(*s->at))
        s->at++;
    *out = sio__slice_make(start, (size_t)(s->at - start));
    return out->len > 0;
}

static void add_digit(struct value *value, size_t place, char c)
{
    bool is_digit = c >= '0' && c <= '9' && (place > 0 || c != '0');

    if (place == 0)
        value->number = is_digit ? (unsigned)(c - '0') : 0;
    else if (value->number > 0)
        value->number =
            is_digit && value->number <= BITS_MOST ? value->number * 10 + (unsigned)(c - '0') : 0;
}

static bool read_quoted(struct scan *s, struct value *out)
{
    size_t len = 0;

    for (s->at++; peek(s) != '"'; s->at++, len++) {
        if (peek(s) == '\\')
            s->at++;
        if (!is_token_char(peek(s)))
            return false;
        add_digit(out, len, *s->at);
    }
    s->at++;
    return len > 0;
}

/* What stands behind '='. */
static bool read_value(struct scan *s, struct value *out)
{
    struct sio__slice token;

    out->is_there = true;
    if (peek(s) == '"')
        return read_quoted(s, out);
    if (!read_token(s, &token))
        return false;
    for (size_t i = 0; i < token.len; i++)
        add_digit(out, i, token.ptr[i]);
    return true;
}

static bool read_parameter(struct scan *s, struct sio__slice *name, struct value *value)
{
    *value = (struct value){0};
    skip_blanks(s);
    if (!read_token(s, name))
        return false;
    if (peek(s) == '=') {
        s->at++;
        if (!read_value(s, value))
            return false;
    }
    skip_blanks(s);
    return true;
}

/* --- permessage-deflate -------------------------------------------------------------------- */

static bool take_once(bool *seen)
{
    bool is_first = !*seen;

    *seen = true;
    return is_first;
}

static bool take_bits(uint8_t *bits, const struct value *value)
{
    *bits = (uint8_t)value->number;
    return value->number >= BITS_LEAST && value->number <= BITS_MOST;
}

static bool take_parameter(struct sio__ws_offer *offer, struct seen *seen, struct sio__slice name,
                           const struct value *value)
{
    if (sio__slice_is(name, "server_max_window_bits"))
        return take_once(&seen->server_bits) && take_bits(&offer->server_window_bits, value);
    if (sio__slice_is(name, "client_max_window_bits"))
        return take_once(&seen->client_bits) &&
               (!value->is_there || take_bits(&offer->client_window_bits, value));
    if (sio__slice_is(name, "server_no_context_takeover"))
        return take_once(&seen->server_takeover) && !value->is_there;
    if (sio__slice_is(name, "client_no_context_takeover"))
        return take_once(&seen->client_takeover) && !value->is_there;
    return false;
}

/* One extension with its parameters. */
static bool read_extension(struct scan *s, struct sio__ws_offer *out)
{
    struct sio__ws_offer offer = {.is_made = true};
    struct seen seen = {false, false, false, false};
    struct sio__slice name, parameter;
    struct value value;
    bool is_deflate;

    skip_blanks(s);
    if (!read_token(s, &name))
        return false;
    is_deflate = sio__slice_is(name, "permessage-deflate");
    skip_blanks(s);
    while (peek(s) == ';') {
        s->at++;
        if (!read_parameter(s, &parameter, &value) ||
            (is_deflate && !take_parameter(&offer, &seen, parameter, &value)))
            return false;
    }
    if (is_deflate && !out->is_made)
        *out = offer;
    return true;
}

bool sio__ws_extensions_read(struct sio__slice value, struct sio__ws_offer *out)
{
    struct scan scan = {value.ptr, value.ptr + value.len};

    *out = (struct sio__ws_offer){.is_made = false};
    for (;;) {
        if (!read_extension(&scan, out))
            return false;
        if (scan.at == scan.end)
            return true;
        if (*scan.at != ',')
            return false;
        scan.at++;
    }
}

/* --- the answer ---------------------------------------------------------------------------- */

void sio__ws_extensions_grant(struct sio__buf *out, const struct sio__ws_offer *offer,
                              uint8_t window_bits)
{
    sio__buf_lit(out, "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
    if (offer->server_window_bits != 0 || window_bits < BITS_MOST) {
        sio__buf_lit(out, "; server_max_window_bits=");
        sio__buf_uint(out, window_bits);
    }
    if (offer->client_window_bits != 0) {
        sio__buf_lit(out, "; client_max_window_bits=");
        sio__buf_uint(out, offer->client_window_bits);
    }
}
