#include "server/engine/cookie.h"

#include <stdio.h>
#include <time.h>

static void write_attribute(struct sio__buf *out, const char *name, const char *value)
{
    if (value == NULL)
        return;
    sio__buf_cstr(out, name);
    sio__buf_cstr(out, value);
}

static void write_expires(struct sio__buf *out, int64_t expires_s)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t time = (time_t)expires_s;
    char text[64];
    struct tm tm;

    if (expires_s < 0 || gmtime_r(&time, &tm) == NULL)
        return;
    snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday], tm.tm_mday,
             months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
    write_attribute(out, "; Expires=", text);
}

void sio__cookie_write(struct sio__buf *out, const sio_cookie *cookie, const char *sid)
{
    sio__buf_cstr(out, cookie->name);
    sio__buf_char(out, '=');
    sio__buf_cstr(out, sid);
    if (cookie->max_age_s >= 0) {
        sio__buf_lit(out, "; Max-Age=");
        sio__buf_uint(out, (uint64_t)cookie->max_age_s);
    }
    write_attribute(out, "; Domain=", cookie->domain);
    write_attribute(out, "; Path=", cookie->path);
    write_expires(out, cookie->expires_s);
    if (cookie->http_only)
        sio__buf_lit(out, "; HttpOnly");
    if (cookie->secure)
        sio__buf_lit(out, "; Secure");
    if (cookie->partitioned)
        sio__buf_lit(out, "; Partitioned");
    write_attribute(out, "; Priority=", cookie->priority);
    write_attribute(out, "; SameSite=", cookie->same_site);
}
