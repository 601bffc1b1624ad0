#include "server/http/answer_head.h"

#include "server/http/http_text.h"

#include <inttypes.h>

static const struct {
    int status;
    const char *text;
} reasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
};

bool answer_is_bare(int status) {
    return status < 200 || status == 204 || status == 304;
}

static const char *reason_of(int status) {
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status) return reasons[i].text;
    return "";
}

bool http_date_put(buf *out, uint64_t wall_ns) {
    static const char days[7][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const uint64_t seconds = wall_ns / 1000000000u, since = seconds / 86400;
    const unsigned clock = (unsigned)(seconds % 86400);
    // Years that begin on March 1 have their leap day at the end; 719468 days before 1970 began
    // the first one of a cycle of 400 years.
    const uint64_t shifted = since + 719468, cycle = shifted / 146097;
    const unsigned day = (unsigned)(shifted % 146097); // of the cycle
    const unsigned year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    const unsigned of_year = day - (365 * year + year / 4 - year / 100);
    const unsigned month = (5 * of_year + 2) / 153; // 0: March
    const unsigned of_month = of_year - (153 * month + 2) / 5 + 1;
    const uint64_t shown = cycle * 400 + year + (month >= 10 ? 1 : 0);
    return buf_format(out, "%s, %02u %s %04" PRIu64 " %02u:%02u:%02u GMT", days[since % 7],
                      of_month, months[(month + 2) % 12], shown, clock / 3600, clock / 60 % 60,
                      clock % 60);
}

static bool is_ours(const char *name) {
    static const char *const ours[] = {"Date", "Connection", "Content-Length", "Transfer-Encoding"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (http_same(name, ours[i])) return true;
    return false;
}

static void put_clean(buf *out, const char *text) {
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        buf_byte(out, c < 0x20 || c == 0x7F ? ' ' : c);
    }
}

bool answer_head_put(buf *out, const answer_head_spec *head) {
    buf_format(out, "HTTP/1.1 %03d %s\r\nDate: ", head->status, reason_of(head->status));
    http_date_put(out, head->wall_ns);
    buf_text(out, "\r\n");
    for (size_t i = 0; i < head->count; i++) {
        if (is_ours(head->fields[i].name)) continue;
        put_clean(out, head->fields[i].name);
        buf_text(out, ": ");
        put_clean(out, head->fields[i].value);
        buf_text(out, "\r\n");
    }
    if (head->framing == ANSWER_SIZED)
        buf_format(out, "Content-Length: %" PRIu64 "\r\n", head->size);
    if (head->framing == ANSWER_CHUNKED) buf_text(out, "Transfer-Encoding: chunked\r\n");
    if (head->close)
        buf_text(out, "Connection: close\r\n");
    else if (head->old)
        buf_text(out, "Connection: keep-alive\r\n");
    return buf_text(out, "\r\n");
}
