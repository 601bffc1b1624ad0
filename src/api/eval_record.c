#include "api/eval_record.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json_out.h"
#include "formats/json_text.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/lock.h"
#include "os/reader.h"
#include "store/model_dir.h"
#include "store/path_join.h"

#include <string.h>

#define FILE_MOST ((size_t)64 << 20)
#define NAME_MOST 200 // bytes of a member's name
#define LOCK_NS (30 * UINT64_C(1000000000))
#define LOCK_STEP_NS UINT64_C(5000000)

// ---- the card ----

// With whole lines alone in old, so that a mark at its end is one as well.
static void put_card(buf *out, const char *old, const eval_record *r, const char *const mark[2]) {
    const char *from = strstr(old, mark[0]);
    const char *to = from ? strstr(from, mark[1]) : NULL;
    // A mark that somebody left without its end is text like any other.
    for (const char *next = from; to && next && next < to; next = strstr(next + 1, mark[0]))
        from = next;
    if (to) {
        buf_append(out, old, (size_t)(from - old));
        to += strlen(mark[1]);
    } else {
        // New sections go behind everything else, an empty line between.
        const size_t size = strlen(old);
        buf_append(out, old, size);
        if (size > 0) buf_byte(out, '\n');
        to = old + size;
    }
    buf_text(out, mark[0]);
    buf_append(out, r->card->data, r->card->size);
    buf_text(out, mark[1]);
    buf_text(out, to);
}

bool eval_record_card(buf *out, const char *old, const eval_record *r) {
    buf begin = {0}, end = {0}, lines = {0};
    buf_format(&begin, "<!-- axl eval %s %s -->\n", r->group, r->name);
    buf_format(&end, "<!-- end of axl eval %s %s -->\n", r->group, r->name);
    buf_text(&lines, old);
    if (lines.size > 0 && lines.data[lines.size - 1] != '\n') buf_byte(&lines, '\n');
    const bool good = buf_ok(&begin) && buf_ok(&end) && buf_ok(&lines);
    const char *const mark[] = {buf_string(&begin), buf_string(&end)};
    if (good) put_card(out, buf_string(&lines), r, mark);
    buf_free(&begin);
    buf_free(&end);
    buf_free(&lines);
    return good && buf_ok(out);
}

// ---- results.json ----

// The member that is looked for: where its value stands.
typedef struct member_search {
    const char *name;
    size_t from, to; // bytes of the text; to 0: there is none
    size_t members;
} member_search;

static axl_status look(void *ctx, json_text *j, char *name, axl_error *err) {
    member_search *s = ctx;
    json_t *value;
    size_t from = j->at;
    while (from < j->size && strchr(" \t\r\n", j->text[from])) from++;
    s->members++;
    FORWARD(json_text_value(j, FILE_MOST, &value, err));
    json_decref(value);
    if (strcmp(name, s->name) == 0) {
        s->from = from;
        s->to = j->at;
    }
    return AXL_OK;
}

// Names are decoded in place by the reader, so it gets a copy; places are the same in both.
static axl_status find_member(member_search *s, const char *path, const char *text, size_t size,
                              axl_error *err) {
    char *copy = mem_alloc(size + 1);
    if (!copy) return error_no_memory(err, "results", size);
    memcpy(copy, text, size);
    json_text j = {.what = path, .text = copy, .size = size};
    axl_status status = json_text_object(&j, NAME_MOST, look, s, err);
    if (status == AXL_OK) status = json_text_end(&j, err);
    mem_free(copy);
    return status;
}

// An object's text and one of its members. indent: blanks before the members.
typedef struct splice {
    const char *path, *text;
    size_t size, indent;
    const char *name;
    const buf *value;
} splice;

// Appends the object with the member's value replaced, or put behind the others.
static axl_status put_spliced(buf *out, const splice *p, axl_error *err) {
    member_search s = {.name = p->name};
    FORWARD(find_member(&s, p->path, p->text, p->size, err));
    if (s.to > 0) {
        buf_append(out, p->text, s.from);
        buf_append(out, p->value->data, p->value->size);
        buf_append(out, p->text + s.to, p->size - s.to);
    } else {
        size_t end = p->size;
        while (p->text[end - 1] != '}') end--;
        const size_t brace = --end;
        while (end > 0 && strchr(" \t\r\n", p->text[end - 1])) end--;
        buf_append(out, p->text, end);
        buf_format(out, "%s\n%*s", s.members > 0 ? "," : "", (int)p->indent, "");
        json_out_quote(out, p->name, strlen(p->name));
        buf_text(out, ": ");
        buf_append(out, p->value->data, p->value->size);
        buf_format(out, "\n%*s", (int)p->indent - 2, "");
        buf_append(out, p->text + brace, p->size - brace);
    }
    return buf_ok(out) ? AXL_OK : error_no_memory(err, "results", out->size);
}

axl_status eval_record_results(buf *out, const char *path, const char *old, const eval_record *r,
                               axl_error *err) {
    member_search s = {.name = r->group};
    buf group = {0}, value = {0};
    if (*old == '\0') old = "{}\n";
    FORWARD(find_member(&s, path, old, strlen(old), err));
    const splice inner = {.path = path,
                          .text = s.to ? old + s.from : "{}",
                          .size = s.to ? s.to - s.from : 2,
                          .indent = 4,
                          .name = r->name,
                          .value = &value};
    // Strings have no newline in them as it is, so every one of the value is layout.
    for (size_t i = 0; i < r->json->size; i++) {
        buf_byte(&value, (uint8_t)r->json->data[i]);
        if (r->json->data[i] == '\n') buf_text(&value, "    ");
    }
    axl_status status = buf_ok(&value) ? put_spliced(&group, &inner, err)
                                       : error_no_memory(err, "results", value.size);
    const splice outer = {path, old, strlen(old), 2, r->group, &group};
    if (status == AXL_OK) status = put_spliced(out, &outer, err);
    buf_free(&group);
    buf_free(&value);
    return status;
}

// ---- both ----

// The text of a file of the directory; "" where there is none.
static axl_status read_old(char **out, const char *path, axl_error *err) {
    axl_error why;
    void *text = NULL;
    size_t bytes;
    const axl_status status = os_file_read(path, FILE_MOST, &text, &bytes, &why);
    if (status == AXL_NOT_FOUND) {
        *out = mem_zalloc(1);
        return *out ? AXL_OK : error_no_memory(err, "a file", 1);
    }
    if (status != AXL_OK) return error_set(err, status, "%s", why.text);
    if (memchr(text, '\0', bytes)) {
        mem_free(text);
        return error_set(err, AXL_BAD_FILE, "%s: a zero byte in it", path);
    }
    *out = text;
    return AXL_OK;
}

static axl_status replace(const char *model, const char *name, const eval_record *r,
                          axl_error *err) {
    buf path = {0}, fresh = {0};
    char *old = NULL;
    axl_status status = path_join(&path, model, name, err);
    if (status == AXL_OK) status = read_old(&old, path.data, err);
    if (status == AXL_OK && strcmp(name, "README.md") == 0)
        status =
            eval_record_card(&fresh, old, r) ? AXL_OK : error_no_memory(err, "a card", fresh.size);
    else if (status == AXL_OK)
        status = eval_record_results(&fresh, path.data, old, r, err);
    if (status == AXL_OK) status = os_file_replace(path.data, fresh.data, fresh.size, err);
    mem_free(old);
    buf_free(&path);
    buf_free(&fresh);
    return status;
}

static axl_status is_directory(const char *model, bool *out, axl_error *err) {
    buf path = {0};
    int fd = -1;
    FORWARD(path_join(&path, model, MODEL_DIR_CONFIG, err));
    *out = os_reader_open(&fd, path.data, NULL, NULL) == AXL_OK;
    os_reader_close(fd);
    buf_free(&path);
    return AXL_OK;
}

// Others that write a record have it for moments; a training run has it until its end.
static axl_status lock_folder(int *fd, const char *model, uint64_t wait_ns, axl_error *err) {
    const uint64_t start = os_clock_ns();
    axl_status status = os_lock_folder(fd, model, err);
    while (status == AXL_BUSY && os_clock_ns() - start < wait_ns) {
        os_sleep_ns(LOCK_STEP_NS);
        status = os_lock_folder(fd, model, err);
    }
    return status;
}

axl_status eval_record_within(const char *model, const eval_record *r, uint64_t wait_ns,
                              axl_error *err) {
    bool directory;
    int lock;
    FORWARD(is_directory(model, &directory, err));
    if (!directory) return AXL_OK;
    FORWARD(lock_folder(&lock, model, wait_ns, err));
    axl_status status = replace(model, "results.json", r, err);
    if (status == AXL_OK) status = replace(model, "README.md", r, err);
    os_lock_release(lock);
    return status;
}

axl_status eval_record_write(const char *model, const eval_record *r, axl_error *err) {
    return eval_record_within(model, r, LOCK_NS, err);
}

void eval_record_keep(const char *model, const eval_record *r, axl_error *first) {
    axl_error why;
    const axl_status status = buf_ok(r->card) && buf_ok(r->json)
                                  ? eval_record_write(model, r, &why)
                                  : error_no_memory(&why, "a card", r->card->size);
    if (status != AXL_OK && first->code == AXL_OK) *first = why;
}
