#include "data/pull_box.h"

#include "base/buf.h"
#include "os/clock.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *next_word(pull_box *b) {
    return b->step < b->steps ? b->script[b->step++] : "WHOLE";
}

static void refuse(const pull_box *b, http_exchange *x, int status) {
    const http_field field = {"Retry-After", b->retry_after ? b->retry_after : "1"};
    buf body = {0};
    buf_text(&body, "no");
    http_answer(x, status, &field, status == 429 ? 1 : 0, &body);
    buf_free(&body);
}

// ---- files ----

// The byte that was asked for from, where the version is the one that was named.
static size_t range_of(pull_box *b, const http_request *r) {
    const char *range = http_field_of(r, "Range"), *version = http_field_of(r, "If-Range");
    if (!range) return 0;
    b->ranges++;
    if (!b->etag || !version || strcmp(version, b->etag) != 0) return 0;
    return (size_t)strtoull(range + strlen("bytes="), NULL, 10);
}

static void give(const pull_box *b, http_exchange *x, size_t from, const char *word) {
    const bool shifted = strcmp(word, "WRONG_RANGE") == 0;
    const bool other = strcmp(word, "OTHER_TOTAL") == 0;
    char range[96];
    http_field fields[2];
    size_t count = 0;
    if (b->etag) fields[count++] = (http_field){"ETag", b->etag};
    snprintf(range, sizeof range, "bytes %zu-%zu/%zu", from + shifted, b->bytes - 1,
             b->bytes + other);
    if (from > 0) fields[count++] = (http_field){"Content-Range", range};
    const int status = from > 0 ? 206 : 200;
    const size_t left = b->bytes - from;
    if (strcmp(word, "CUT") == 0 || strcmp(word, "STREAM") == 0) {
        const bool cut = *word == 'C';
        http_begin(x, status, fields, count);
        http_write(x, b->content + from, cut ? left / 2 : left);
        http_end(x, cut);
        return;
    }
    buf body = {0};
    buf_append(&body, b->content + from, left);
    http_answer(x, status, fields, count, &body);
    buf_free(&body);
}

static void file_request(pull_box *b, http_exchange *x, const http_request *r, const char *word) {
    if (strcmp(word, "NEW_VERSION") == 0) {
        b->content = b->next;
        b->bytes = b->next_bytes;
        b->etag = "\"v2\"";
    }
    const size_t from = range_of(b, r);
    if (from > 0 && from >= b->bytes)
        refuse(b, x, 416);
    else
        give(b, x, from, word);
}

// ---- rows ----

static void put_row(buf *to, const pull_box *b, int i, bool wrong) {
    buf_format(to,
               "{\"row_idx\": %d, \"row\": {\"text\": \"row %d\", \"n\": %d}, "
               "\"truncated_cells\": [%s]}",
               i + wrong, i, i, i > 0 && i == b->cut_row ? "\"text\"" : "");
}

static void rows_request(pull_box *b, http_exchange *x, const http_request *r, const char *word) {
    const char *offset = strstr(r->query, "offset=");
    const int first = offset ? atoi(offset + 7) : 0;
    int last = first + 100 < b->rows ? first + 100 : b->rows;
    buf body = {0};
    if (strcmp(word, "SHORT_PAGE") == 0) last--;
    buf_text(&body, "{\"features\": [], \"rows\": [");
    for (int i = first; i < last; i++) {
        if (i > first) buf_text(&body, ", ");
        put_row(&body, b, i, strcmp(word, "WRONG_ROWS") == 0);
    }
    if (strcmp(word, "HUGE") == 0) buf_text(&body, ", 9223372036854775808");
    buf_format(&body, "], \"partial\": %s, \"num_rows_total\": %d}",
               strcmp(word, "PARTIAL") == 0 ? "true" : "false",
               b->rows + (strcmp(word, "OTHER_TOTAL") == 0 ? 1 : 0));
    if (strcmp(word, "NONSENSE") == 0) buf_truncate(&body, body.size / 2);
    if (strcmp(word, "CUT") == 0) {
        http_begin(x, 200, NULL, 0);
        http_write(x, body.data, body.size / 2);
        http_end(x, true);
    } else {
        http_answer(x, 200, NULL, 0, &body);
    }
    buf_free(&body);
}

// ---- the server ----

static void request(void *ctx, http_exchange *x, const http_request *r) {
    pull_box *b = ctx;
    const char *authorization = http_field_of(r, "Authorization");
    snprintf(b->authorization, sizeof b->authorization, "%s", authorization ? authorization : "");
    snprintf(b->last_query, sizeof b->last_query, "%s", r->query);
    if (strcmp(r->path, "/moved") == 0) {
        char to[64];
        snprintf(to, sizeof to, "http://localhost:%u/f.jsonl", b->port);
        const http_field field = {"Location", to};
        http_answer(x, 302, &field, 1, NULL);
        return;
    }
    b->asked++;
    const char *word = next_word(b);
    static const struct {
        const char *word;
        int status;
    } refusals[] = {{"BUSY", 429}, {"ERROR", 500}, {"GONE", 404}, {"FORBIDDEN", 403}};
    for (size_t i = 0; i < COUNT_OF(refusals); i++)
        if (strcmp(word, refusals[i].word) == 0) {
            refuse(b, x, refusals[i].status);
            return;
        }
    if (strcmp(r->path, "/rows") == 0)
        rows_request(b, x, r, word);
    else
        file_request(b, x, r, word);
}

static const char *no_body(void *ctx, int status, const char *text, const char *path, buf *body) {
    (void)ctx, (void)status, (void)text, (void)path, (void)body;
    return NULL;
}

static void done(void *ctx, const http_request *r, int status, uint64_t written, uint64_t ns) {
    (void)ctx, (void)r, (void)status, (void)written, (void)ns;
}

static void run(void *ctx) {
    pull_box *b = ctx;
    assert_int_equal(http_run(b->server, NULL), AXL_OK);
}

void pull_box_start(pull_box *b) {
    const http_handler handler = {NULL, request, no_body, done, b};
    const http_place tcp = {"localhost", 0};
    axl_error err = {0};
    assert_int_equal(http_create(&b->server, &handler, NULL, &err), AXL_OK);
    if (http_listen(b->server, &tcp, &b->port, &err) != AXL_OK) fail_msg("%s", err.text);
    assert_int_equal(os_thread_start(&b->loop, run, b, NULL), AXL_OK);
}

// A connection of its own ends the liar's wait.
static void stop_liar(pull_box *b) {
    int fd;
    b->lies = false;
    if (os_connect(&fd, "127.0.0.1", b->lying.port, UINT64_MAX, NULL) == AXL_OK)
        os_socket_close(fd);
    os_thread_join(&b->liar);
    os_listener_close(&b->lying);
}

void pull_box_stop(pull_box *b) {
    if (b->lies) stop_liar(b);
    http_stop(b->server, 0);
    os_thread_join(&b->loop);
    http_free(b->server);
}

void pull_box_script(pull_box *b, const char *words) {
    b->step = b->steps = 0;
    while (*words) {
        const size_t length = strcspn(words, " ");
        assert_true(b->steps < PULL_BOX_STEPS && length < sizeof b->script[0]);
        memcpy(b->script[b->steps], words, length);
        b->script[b->steps++][length] = '\0';
        words += length + (words[length] == ' ');
    }
}

// ---- lies ----

static void answer(const pull_box *b, int fd) {
    char head[4096];
    size_t got = 0, moved;
    // The head of a GET ends with an empty line.
    while (got + 1 < sizeof head) {
        if (!os_socket_wait(fd, false, os_clock_ns() + (uint64_t)30000000000)) return;
        if (os_socket_receive(fd, head + got, sizeof head - 1 - got, &moved) != OS_IO_DONE) return;
        got += moved;
        head[got] = '\0';
        if (strstr(head, "\r\n\r\n")) break;
    }
    (void)os_socket_send(fd, b->lie, strlen(b->lie), &moved);
    os_socket_finish(fd);
}

static void lie(void *ctx) {
    pull_box *b = ctx;
    while (b->lies) {
        os_peer peer;
        int fd;
        if (!os_socket_wait(b->lying.fd[0], false, UINT64_MAX)) continue;
        if (os_accept(b->lying.fd[0], &fd, &peer) != OS_IO_DONE) continue;
        if (b->lies) answer(b, fd);
        os_socket_close(fd);
    }
}

unsigned pull_box_liar(pull_box *b, const char *text) {
    axl_error err = {0};
    b->lie = text;
    b->lies = true;
    if (os_listen(&b->lying, "127.0.0.1", 0, &err) != AXL_OK) fail_msg("%s", err.text);
    assert_int_equal(os_thread_start(&b->liar, lie, b, NULL), AXL_OK);
    return b->lying.port;
}
