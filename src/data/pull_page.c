#include "data/pull_page.h"

#include "base/error.h"
#include "data/web.h"

#include <jansson.h>

static int put_json(const char *bytes, size_t size, void *ctx) {
    return buf_append(ctx, bytes, size) ? 0 : -1;
}

static axl_status take_row(pull_page *p, const json_t *row, axl_error *err) {
    const json_t *index = json_object_get(row, "row_idx"), *cells = json_object_get(row, "row");
    const json_t *cut = json_object_get(row, "truncated_cells");
    RETURN_IF(!json_is_object(cells) || !json_is_integer(index) ||
                  (uint64_t)json_integer_value(index) != p->next,
              err, AXL_IO, "%s: not the rows that were asked for, from row %llu on", p->what,
              (unsigned long long)p->next);
    if (json_array_size(cut) > 0) {
        p->cut_rows++;
        p->next++;
        return AXL_OK;
    }
    const size_t before = p->lines.size;
    json_dump_callback(cells, put_json, &p->lines, JSON_COMPACT);
    if (!buf_text(&p->lines, "\n")) return error_no_memory(err, "a page of rows", before);
    p->capped = p->lines.size > p->room;
    if (p->capped) {
        buf_truncate(&p->lines, before);
        return AXL_OK;
    }
    p->rows++;
    p->next++;
    return AXL_OK;
}

static axl_status take_page(pull_page *p, const json_t *page, axl_error *err) {
    const json_t *rows = json_object_get(page, "rows");
    const json_t *total = json_object_get(page, "num_rows_total");
    RETURN_IF(!json_is_array(rows) || !json_is_integer(total) || json_integer_value(total) < 0, err,
              AXL_IO, "%s: the server's answer is no page of rows", p->what);
    const uint64_t all = (uint64_t)json_integer_value(total);
    RETURN_IF(p->total != WEB_UNKNOWN && p->total != all, err, AXL_BAD_FILE,
              "%s: has %llu rows now, not %llu; --force fetches it anew", p->what,
              (unsigned long long)all, (unsigned long long)p->total);
    p->total = all;
    p->partial = json_is_true(json_object_get(page, "partial"));
    const uint64_t left = all - (p->next < all ? p->next : all);
    const size_t wanted = left < PULL_PAGE ? (size_t)left : PULL_PAGE;
    RETURN_IF(json_array_size(rows) != wanted, err, AXL_IO, "%s: a page of %zu rows, not %zu",
              p->what, json_array_size(rows), wanted);
    for (size_t i = 0; i < wanted && !p->capped; i++)
        FORWARD(take_row(p, json_array_get(rows, i), err));
    return AXL_OK;
}

axl_status pull_page_read(pull_page *p, const char *text, size_t bytes, axl_error *err) {
    const uint64_t next = p->next, total = p->total;
    buf_clear(&p->lines);
    p->rows = p->cut_rows = 0;
    p->capped = p->partial = false;
    // Texts may have zero bytes in them.
    json_error_t why;
    json_t *page = json_loadb(text, bytes, JSON_ALLOW_NUL, &why);
    // No damage that another request would mend: the set is so.
    RETURN_IF(!page && json_error_code(&why) == json_error_numeric_overflow, err, AXL_BAD_FILE,
              "%s: a number among the rows from %llu on is too large: %s", p->what,
              (unsigned long long)next, why.text);
    const axl_status status = take_page(p, page, err);
    json_decref(page);
    if (status == AXL_OK) return AXL_OK;
    buf_clear(&p->lines);
    p->next = next;
    p->total = total;
    p->rows = p->cut_rows = 0;
    p->capped = p->partial = false;
    return status;
}
